package io.batchnorm.table;

import io.batchnorm.core.TwoPass;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.typeutils.RowTypeInfo;
import org.apache.flink.table.api.DataTypes;
import org.apache.flink.table.api.Schema;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

/** What a sensor measured, {@code second} seconds after noon. */
record Reading(String sensor, int second, double value) {
  /** How much later than it should a reading may come. */
  static final int DISORDER = 10;

  private static final LocalDateTime NOON = LocalDateTime.of(2026, 1, 1, 12, 0);

  static final RowTypeInfo TYPE =
      (RowTypeInfo)
          Types.ROW_NAMED(
              new String[] {"sensor", "ts", "x"},
              Types.STRING,
              Types.LOCAL_DATE_TIME,
              Types.DOUBLE);

  static LocalDateTime at(int second) {
    return NOON.plusSeconds(second);
  }

  /** Readings of three sensors around {@code offset}, a little out of order, with gaps. */
  static List<Reading> random(long seed, int number, double offset) {
    Random random = new Random(seed);
    List<Reading> readings = new ArrayList<>();
    for (int i = 0; i < number; i++) {
      int second = 2 * i + (i / 20) * 40 + random.nextInt(DISORDER);
      readings.add(
          new Reading("s" + random.nextInt(3), second, offset + random.nextGaussian() * 1e-2));
    }
    return readings;
  }

  Row as(RowKind kind) {
    return Row.ofKind(kind, sensor, at(second), value);
  }

  /** A view that only grows, with event time. */
  static void stream(Sql sql, String view, List<Reading> readings) {
    Schema schema =
        columns().watermark("ts", "ts - INTERVAL '%d' SECOND".formatted(DISORDER)).build();
    List<Row> inserts = readings.stream().map(reading -> reading.as(RowKind.INSERT)).toList();
    var rows = sql.stream().fromData(inserts, TYPE);
    sql.tables().createTemporaryView(view, sql.tables().fromDataStream(rows, schema));
  }

  /** A view that changes. */
  static void changelog(Sql sql, String view, List<Row> changes) {
    var rows = sql.stream().fromData(changes, TYPE);
    sql.tables().createTemporaryView(view, sql.tables().fromChangelogStream(rows, schema()));
  }

  static Schema schema() {
    return columns().build();
  }

  private static Schema.Builder columns() {
    return Schema.newBuilder()
        .column("sensor", DataTypes.STRING())
        .column("ts", DataTypes.TIMESTAMP(3))
        .column("x", DataTypes.DOUBLE());
  }

  static TwoPass truth(Stream<Reading> readings) {
    return TwoPass.of(readings.map(Reading::value).toList());
  }
}
