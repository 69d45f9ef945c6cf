-- Proofs of returns are attachments like all other files. Those kept before are entered under the names they have.

insert into attachment (id, name, kind, size_bytes, sha256, purpose, kept_by, kept_at, linked)
select (proof ->> 'id')::uuid, proof ->> 'name',
       case proof ->> 'media_type' when 'application/pdf' then 'pdf' when 'image/png' then 'png' else 'jpeg' end,
       (proof ->> 'size_bytes')::integer, decode(proof ->> 'sha256', 'hex'), 'refund_proof',
       'refund_request:' || request.id, (proof ->> 'at')::timestamptz, true
from refund_request request, jsonb_array_elements(request.proofs) proof
on conflict do nothing;

insert into attachment_link (attachment_id, owner_kind, owner_id)
select (proof ->> 'id')::uuid, 'refund_request', request.id
from refund_request request, jsonb_array_elements(request.proofs) proof
on conflict do nothing;
