-- What left before units were known gets its units from the worker, as if it left now with the dates that it has.
insert into outbox (topic, consumer, payload, due_at)
select 'shipment.dispatched', 'warranty.keep_units.on_shipment_moved',
       jsonb_build_object('order_id', s.order_id, 'shipment_id', s.id), s.dispatched_at
from shipment s
where s.dispatched_at is not null and exists (
    select from shipment_line l join shipment_serial n on n.shipment_line_id = l.id where l.shipment_id = s.id);
