-- A unit may have the service of a certificate again: it was sold anew, and later replaced a unit that had the same one.
-- What it must not have is the same service twice at a time, which unit_service_once sees to.
alter table unit_service drop constraint unit_service_unit_id_certificate_id_key;
create index unit_service_unit on unit_service (unit_id, certificate_id);
