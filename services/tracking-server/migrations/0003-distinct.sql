-- How many rows belong to one run is known from the start. Measured on a young database (a few runs with many
-- rows each), it misleads the planner into reading whole tables for every run, until statistics are taken again.
-- Negative: a share of the rows. It counts from the next ANALYZE on.
alter table params alter column run_no set (n_distinct = -0.05);
alter table tags alter column run_no set (n_distinct = -0.1);
alter table metric_series alter column run_no set (n_distinct = -0.05);
alter table dataset_inputs alter column run_no set (n_distinct = -0.5);
alter table model_inputs alter column run_no set (n_distinct = -0.5);
alter table model_outputs alter column run_no set (n_distinct = -0.5);
