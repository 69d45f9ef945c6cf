-- What is sent back from the workshop or from the returns desk: the customer's own goods, which no stock holds.
alter table shipment drop constraint shipment_kind_check;
alter table shipment add constraint shipment_kind_check check (kind in ('stock', 'backorder', 'preorder', 'service'));
