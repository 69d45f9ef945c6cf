-- Customer service looks at one market's returns, however few they are among all.
create index rma_market on rma (market, created_at desc, id desc);
