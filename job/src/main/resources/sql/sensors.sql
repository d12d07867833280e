-- Batch normalization of sensor readings, by mote. `./batchnorm sql` runs this script over 18,760
-- readings of four motes (Suthaharan et al. 2010, CC BY 4.0), which it puts beside it first.

CREATE TABLE readings_file (
  reading INT,
  mote_id STRING,
  indoor INT,
  humidity FLOAT,
  temperature FLOAT,
  label INT
) WITH (
  'connector' = 'filesystem',
  'path' = 'batchnorm-demo/sql/readings.csv',
  'format' = 'csv',
  'csv.ignore-parse-errors' = 'true' -- the header is no row
);

CREATE TEMPORARY VIEW readings AS
SELECT * FROM readings_file WHERE reading IS NOT NULL;

CREATE TABLE normalized (
  mote_id STRING,
  reading INT,
  humidity FLOAT,
  humidity_normalized FLOAT,
  temperature FLOAT,
  temperature_normalized FLOAT,
  `mode` STRING,
  num_batches_tracked BIGINT,
  rejected_reason STRING
) WITH (
  'connector' = 'filesystem',
  'path' = 'batchnorm-demo/sql/normalized',
  'format' = 'json'
);

-- Every mote learns from its first 75 batches of 32 and is frozen then.
INSERT INTO normalized
SELECT
  mote_id, reading, humidity, humidity_normalized, temperature, temperature_normalized,
  `mode`, num_batches_tracked, rejected_reason
FROM BATCH_NORM(
  input => TABLE readings PARTITION BY mote_id,
  features => DESCRIPTOR(humidity, temperature),
  averaging => 'population',
  freeze_after => 75);

SELECT
  mote_id, reading, humidity, humidity_normalized, temperature, temperature_normalized,
  `mode`, num_batches_tracked
FROM normalized
WHERE MOD(reading, 1500) = 0;
