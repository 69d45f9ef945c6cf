-- A unit that came back to the shelf can be sold again: one serial number is out only once at a time.
alter table shipment_serial drop constraint shipment_serial_pkey;
alter table shipment_serial add column id bigint generated always as identity primary key;
alter table shipment_serial add column returned_at timestamptz;
create unique index shipment_serial_out on shipment_serial (variant_id, serial) where returned_at is null;
