-- What belongs to an e-mail address is listed the newest first, page by page: a fleet has thousands of devices under one.
drop index registration_email;
create index registration_email on registration (lower(holder_email), registered_at desc, id desc);
drop index certificate_email;
create index certificate_email on certificate (lower(email), issued_at desc, id desc);
