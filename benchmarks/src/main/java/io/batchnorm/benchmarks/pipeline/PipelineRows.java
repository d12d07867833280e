package io.batchnorm.benchmarks.pipeline;

import io.batchnorm.benchmarks.Row;
import java.util.ArrayList;
import java.util.List;

/** Rows {@code job/...}. */
public final class PipelineRows {
  /** As many as the machine has, as the embedded runner does; two, where the results come from. */
  private static final int PARALLELISM = 2;

  private static final int KEYS = 1000;

  /** 96 KiB. */
  private static final Settings BATCHES =
      new Settings(Kind.TRAIN, "8x3x32x32", KEYS, PARALLELISM, 0, Settings.SEGMENT_KIB);

  private static final Settings SENSORS =
      new Settings(Kind.SENSORS, "1x16", KEYS, PARALLELISM, 0, Settings.SEGMENT_KIB);

  private static final String MEBIBYTE = "8x128x16x16";

  /** Fewer, as a job sees every key at least once: 1000 batches of 32 MiB would take a minute. */
  private static final int KEYS_OF_SIZES = 100;

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
    rows.add(records("job/sensors/identity", SENSORS, Kind.SENSORS_IDENTITY));
    rows.add(records("job/sensors/naive", SENSORS, Kind.SENSORS_NAIVE));
    rows.add(
        new Row(
            "job/segments/256KiB-vs-32KiB",
            PipelineMeasurement.bytes(BATCHES),
            PipelineMeasurement.bytes(BATCHES.withSegmentKib(32))));
    addSizes(rows);
    addHotKey(rows);
    addKeys(rows);
    return rows;
  }

  private static void addSizes(List<Row> rows) {
    Settings mebibyte = BATCHES.withShape(MEBIBYTE).withKeys(KEYS_OF_SIZES);
    rows.add(size("1KiB", "8x2x4x4", mebibyte));
    rows.add(size("16KiB", "8x8x8x8", mebibyte));
    rows.add(size("128KiB", "8x16x16x16", mebibyte));
    rows.add(size("4MiB", "32x128x16x16", mebibyte));
    rows.add(size("32MiB", "256x128x16x16", mebibyte));
  }

  private static Row size(String name, String shape, Settings mebibyte) {
    return new Row(
        "job/size/%s-vs-1MiB".formatted(name),
        PipelineMeasurement.bytes(mebibyte.withShape(shape)),
        PipelineMeasurement.bytes(mebibyte));
  }

  /**
   * What is to be seen: whole layers gain nothing from the second subtask, slices do; what it costs
   * to put them together again; and what longer segments gain, of which fewer slices reach into
   * two.
   */
  private static void addHotKey(List<Row> rows) {
    Settings whole = BATCHES.with(Kind.HOT).withShape(MEBIBYTE).withKeys(1);
    Settings sliced = whole.withChannelsPerSlice(8);
    rows.add(twoAgainstOne("job/hotkey/p2-vs-p1", sliced));
    rows.add(twoAgainstOne("job/hotkey-unsliced/p2-vs-p1", whole));
    rows.add(twoAgainstOne("job/hotkey-joined/p2-vs-p1", sliced.with(Kind.RAW)));
    Settings two = sliced.withParallelism(2);
    rows.add(
        new Row(
            "job/hotkey-segments/1MiB-vs-256KiB",
            PipelineMeasurement.bytes(two.withSegmentKib(1024)),
            PipelineMeasurement.bytes(two)));
  }

  private static Row twoAgainstOne(String id, Settings settings) {
    return new Row(
        id,
        PipelineMeasurement.bytes(settings.withParallelism(2)),
        PipelineMeasurement.bytes(settings.withParallelism(1)));
  }

  private static void addKeys(List<Row> rows) {
    Settings many = BATCHES.withShape("8x16x4x4").withKeys(100_000);
    rows.add(
        new Row(
            "job/keys/p2-vs-p1",
            PipelineMeasurement.records(many.withParallelism(2)),
            PipelineMeasurement.records(many.withParallelism(1))));
  }

  private static Row bytes(String id, Settings ours, Kind other) {
    return new Row(
        id, PipelineMeasurement.bytes(ours), PipelineMeasurement.bytes(ours.with(other)));
  }

  private static Row records(String id, Settings ours, Kind other) {
    return new Row(
        id, PipelineMeasurement.records(ours), PipelineMeasurement.records(ours.with(other)));
  }
}
