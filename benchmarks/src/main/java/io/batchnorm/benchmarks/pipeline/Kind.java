package io.batchnorm.benchmarks.pipeline;

/** What is between source and sink. */
enum Kind {
  /** Keyed, training; {@code .npy} bytes in and out. */
  TRAIN,
  /** {@link #TRAIN} without batch norm. */
  TRAIN_IDENTITY,
  /** {@link #TRAIN} as one writes it first: a POJO with {@code float[]}, and plain loops. */
  TRAIN_NAIVE,
  /** Keyed, training; batches that are there already, and are dropped. */
  RAW,
  /** {@link #RAW} without batch norm. */
  RAW_IDENTITY,
  /** {@link #RAW} of one source, cut where it is, to slices which are dropped where they are. */
  HOT,
  /** Frozen statistics, no shuffle; {@code .npy} bytes in and out. */
  EVAL,
  /** {@link #EVAL} without batch norm. */
  EVAL_IDENTITY,
  /** Samples to micro-batches to samples. */
  SENSORS,
  /** {@link #SENSORS} without batch norm. */
  SENSORS_IDENTITY,
  /** {@link #SENSORS} as one writes it first. */
  SENSORS_NAIVE;

  boolean ofSamples() {
    return this == SENSORS || this == SENSORS_IDENTITY || this == SENSORS_NAIVE;
  }
}
