package io.batchnorm.benchmarks.keys;

import io.batchnorm.benchmarks.Row;
import java.util.List;

/** Rows {@code keys/...}. */
public final class KeysRows {
  private static final int MILLION = 1_000_000;

  private KeysRows() {}

  public static List<Row> all() {
    return List.of(
        new Row(
            "keys/1M/hashmap-vs-rocksdb",
            KeysMeasurement.ofBatches("hashmap", MILLION),
            KeysMeasurement.ofBatches("rocksdb", MILLION)),
        new Row(
            "keys/restore/compressed-vs-plain",
            KeysMeasurement.ofRestore(true, MILLION),
            KeysMeasurement.ofRestore(false, MILLION)));
  }
}
