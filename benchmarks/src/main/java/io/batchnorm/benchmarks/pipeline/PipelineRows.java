package io.batchnorm.benchmarks.pipeline;

import io.batchnorm.benchmarks.Row;
import io.batchnorm.kernel.KernelProvider;
import java.util.ArrayList;
import java.util.List;

/** Rows {@code job/...}. */
public final class PipelineRows {
  /** As many as the machine has, as the embedded runner does; two, where the results come from. */
  private static final int PARALLELISM = 2;

  private static final int KEYS = 1000;

  /** 96 KiB. */
  private static final Settings BATCHES =
      new Settings(Kind.TRAIN, "8x3x32x32", KEYS, PARALLELISM, 0, Tuning.EMBEDDED);

  private static final Settings SENSORS =
      new Settings(Kind.SENSORS, "1x16", KEYS, PARALLELISM, 0, Tuning.EMBEDDED);

  /** Fewer, as a job sees every key at least once: 1000 batches of 32 MiB would take a minute. */
  private static final int KEYS_OF_SIZES = 100;

  /** 32 MiB. */
  private static final String LARGE = "256x128x16x16";

  private static final Settings MEBIBYTES =
      BATCHES.withShape("8x128x16x16").withKeys(KEYS_OF_SIZES);

  private static final String YOUNG = "-Xmn64m";
  private static final String RARE_MARKING = "-XX:InitiatingHeapOccupancyPercent=80";
  private static final String PLAIN_KERNELS = "-D" + KernelProvider.PROPERTY + "=scalar";

  private PipelineRows() {}

  public static List<Row> all() {
    List<Row> rows = new ArrayList<>();
    rows.add(bytes("job/train/identity", BATCHES, Kind.TRAIN_IDENTITY));
    rows.add(bytes("job/train/naive", BATCHES, Kind.TRAIN_NAIVE));
    rows.add(bytes("job/train-raw/identity", BATCHES.with(Kind.RAW), Kind.RAW_IDENTITY));
    Settings alone = BATCHES.withParallelism(1);
    rows.add(bytes("job/train-p1/identity", alone, Kind.TRAIN_IDENTITY));
    rows.add(bytes("job/train-p1/naive", alone, Kind.TRAIN_NAIVE));
    rows.add(bytes("job/eval/identity", BATCHES.with(Kind.EVAL), Kind.EVAL_IDENTITY));
    rows.add(records("job/sensors/identity", SENSORS, SENSORS.with(Kind.SENSORS_IDENTITY)));
    rows.add(records("job/sensors/naive", SENSORS, SENSORS.with(Kind.SENSORS_NAIVE)));
    addTunings(rows);
    addSizes(rows);
    addHotKey(rows);
    addKeys(rows);
    return rows;
  }

  /**
   * What settings gain. Young generations that fit a cache are for batches; samples that wait for
   * their batch are copied by every collection of one. Large arrays count as old at once, so that
   * the JVM looks for live objects among the old ones again and again, though there are few.
   */
  private static void addTunings(List<Row> rows) {
    Tuning embedded = Tuning.EMBEDDED;
    Settings shorter = BATCHES.with(embedded.withSegmentKib(256));
    rows.add(bytes("job/segments/1MiB-vs-256KiB", BATCHES, shorter));
    rows.add(
        bytes("job/segments/256KiB-vs-32KiB", shorter, BATCHES.with(embedded.withSegmentKib(32))));
    Settings reusing = BATCHES.with(embedded.withObjectReuse());
    rows.add(bytes("job/object-reuse/on-vs-off", reusing, BATCHES));
    rows.add(bytes("job/train-reuse/identity", reusing, Kind.TRAIN_IDENTITY));
    Tuning young = embedded.withJvmOption(YOUNG);
    rows.add(bytes("job/young/64MiB-vs-default", BATCHES.with(young), BATCHES));
    rows.add(
        bytes(
            "job/young-eval/64MiB-vs-default",
            BATCHES.with(Kind.EVAL).with(young),
            BATCHES.with(Kind.EVAL)));
    rows.add(records("job/young-samples/64MiB-vs-default", SENSORS.with(young), SENSORS));
    Tuning rare = embedded.withJvmOption(RARE_MARKING);
    rows.add(bytes("job/marking/80-vs-default", MEBIBYTES.with(rare), MEBIBYTES));
    Settings large = MEBIBYTES.withShape(LARGE);
    rows.add(bytes("job/marking-32MiB/80-vs-default", large.with(rare), large));
  }

  private static void addSizes(List<Row> rows) {
    rows.add(size("1KiB", "8x2x4x4"));
    rows.add(size("16KiB", "8x8x8x8"));
    rows.add(size("128KiB", "8x16x16x16"));
    rows.add(size("4MiB", "32x128x16x16"));
    rows.add(size("32MiB", LARGE));
  }

  private static Row size(String name, String shape) {
    return bytes("job/size/%s-vs-1MiB".formatted(name), MEBIBYTES.withShape(shape), MEBIBYTES);
  }

  /**
   * What is to be seen: whole layers gain nothing from the second subtask; slices do if their
   * arithmetic takes longer than to cut them, as that of plain kernels does; what it costs to put
   * them together again; and what longer segments gain, of which fewer slices reach into two.
   */
  private static void addHotKey(List<Row> rows) {
    Settings whole = MEBIBYTES.with(Kind.HOT).withKeys(1);
    Settings sliced = whole.withChannelsPerSlice(8);
    rows.add(twoAgainstOne("job/hotkey/p2-vs-p1", sliced));
    Tuning plain = Tuning.EMBEDDED.withJvmOption(PLAIN_KERNELS);
    rows.add(twoAgainstOne("job/hotkey-plain/p2-vs-p1", sliced.with(plain)));
    rows.add(twoAgainstOne("job/hotkey-unsliced/p2-vs-p1", whole));
    rows.add(twoAgainstOne("job/hotkey-joined/p2-vs-p1", sliced.with(Kind.RAW)));
    Settings two = sliced.withParallelism(2);
    rows.add(
        bytes(
            "job/hotkey-segments/1MiB-vs-256KiB",
            two,
            two.with(Tuning.EMBEDDED.withSegmentKib(256))));
  }

  private static Row twoAgainstOne(String id, Settings settings) {
    return bytes(id, settings.withParallelism(2), settings.withParallelism(1));
  }

  private static void addKeys(List<Row> rows) {
    Settings many = BATCHES.withShape("8x16x4x4").withKeys(100_000);
    rows.add(records("job/keys/p2-vs-p1", many.withParallelism(2), many.withParallelism(1)));
  }

  private static Row bytes(String id, Settings ours, Kind other) {
    return bytes(id, ours, ours.with(other));
  }

  private static Row bytes(String id, Settings ours, Settings other) {
    return new Row(id, PipelineMeasurement.bytes(ours), PipelineMeasurement.bytes(other));
  }

  private static Row records(String id, Settings ours, Settings other) {
    return new Row(id, PipelineMeasurement.records(ours), PipelineMeasurement.records(other));
  }
}
