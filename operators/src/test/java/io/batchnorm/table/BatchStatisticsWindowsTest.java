package io.batchnorm.table;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.TwoPass;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.types.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Windows of event time in real SQL, against windows that are cut by hand. */
class BatchStatisticsWindowsTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = SqlCluster.extension();

  private static final String QUERY =
      "SELECT sensor, window_start, window_end, s.`count`, s.mean, s.m2, s.`var_pop`, s.`var_samp`"
          + " FROM (SELECT sensor, window_start, window_end, BATCH_STATISTICS(x) AS s FROM %s"
          + " GROUP BY sensor, window_start, window_end)";

  /** Of {@link #row}, without the end. */
  private static final int[] LAST_FIELDS = {0, 1, 3, 4, 5, 6, 7};

  @ParameterizedTest(name = "around {0}")
  @ValueSource(doubles = {0, 1e6, 1e12})
  void tumblingWindowsHoldTheTruth(double offset) throws Exception {
    List<Reading> readings = Reading.random(11, 300, offset);

    assertThat(rows("TUMBLE(TABLE readings, DESCRIPTOR(ts), INTERVAL '30' SECOND)", readings))
        .containsExactlyInAnyOrderElementsOf(slides(readings, 30, 30));
  }

  @ParameterizedTest(name = "around {0}")
  @ValueSource(doubles = {0, 1e6, 1e12})
  void slidingWindowsHoldTheTruth(double offset) throws Exception {
    List<Reading> readings = Reading.random(12, 300, offset);

    assertThat(
            rows(
                "HOP(TABLE readings, DESCRIPTOR(ts), INTERVAL '10' SECOND, INTERVAL '40' SECOND)",
                readings))
        .containsExactlyInAnyOrderElementsOf(slides(readings, 10, 40));
  }

  @ParameterizedTest(name = "around {0}")
  @ValueSource(doubles = {0, 1e6, 1e12})
  void sessionsHoldTheTruth(double offset) throws Exception {
    List<Reading> readings = Reading.random(13, 300, offset);

    assertThat(
            rows(
                "SESSION(TABLE readings PARTITION BY sensor, DESCRIPTOR(ts), INTERVAL '12' SECOND)",
                readings))
        .containsExactlyInAnyOrderElementsOf(sessions(readings, 12));
  }

  @Test
  void theLastRowsOfEachRowHoldTheTruth() throws Exception {
    List<Reading> readings = new ArrayList<>();
    for (Reading reading : Reading.random(14, 200, 1e12)) {
      readings.add(new Reading(reading.sensor(), readings.size(), reading.value()));
    }
    Sql sql = Sql.session();
    Reading.stream(sql, "readings", readings);

    List<Row> rows =
        sql.rows(
            "SELECT sensor, ts, s.`count`, s.mean, s.m2, s.`var_pop`, s.`var_samp` FROM (SELECT"
                + " sensor, ts, BATCH_STATISTICS(x) OVER (PARTITION BY sensor ORDER BY ts"
                + " ROWS BETWEEN 4 PRECEDING AND CURRENT ROW) AS s FROM readings)");

    assertThat(rows)
        .containsExactlyInAnyOrderElementsOf(
            bySensor(readings).values().stream()
                .flatMap(BatchStatisticsWindowsTest::lastFive)
                .toList());
  }

  private static Stream<Row> lastFive(List<Reading> readings) {
    return IntStream.range(0, readings.size())
        .mapToObj(i -> readings.subList(Math.max(0, i - 4), i + 1))
        .map(last -> Row.project(row(last.get(last.size() - 1).second(), 0, last), LAST_FIELDS));
  }

  private static List<Row> rows(String window, List<Reading> readings) throws Exception {
    Sql sql = Sql.session(Map.of("parallelism.default", "2"));
    Reading.stream(sql, "readings", readings);
    return sql.rows(QUERY.formatted("TABLE(" + window + ")"));
  }

  private static List<Row> slides(List<Reading> readings, int slide, int size) {
    int last = readings.stream().mapToInt(Reading::second).max().orElseThrow();
    return IntStream.rangeClosed(1 - size / slide, last / slide)
        .mapToObj(i -> i * slide)
        .flatMap(
            start ->
                bySensor(readings).values().stream()
                    .map(own -> inside(own, start, start + size))
                    .filter(own -> !own.isEmpty())
                    .map(own -> row(start, start + size, own)))
        .toList();
  }

  private static List<Reading> inside(List<Reading> readings, int from, int to) {
    return readings.stream().filter(r -> r.second() >= from && r.second() < to).toList();
  }

  private static List<Row> sessions(List<Reading> readings, int gap) {
    return bySensor(readings).values().stream().flatMap(own -> sessionsOfOne(own, gap)).toList();
  }

  private static Stream<Row> sessionsOfOne(List<Reading> readings, int gap) {
    List<List<Reading>> sessions = new ArrayList<>();
    int end = Integer.MIN_VALUE;
    for (Reading reading :
        readings.stream().sorted(Comparator.comparing(Reading::second)).toList()) {
      if (reading.second() > end) {
        sessions.add(new ArrayList<>());
      }
      sessions.get(sessions.size() - 1).add(reading);
      end = reading.second() + gap;
    }
    return sessions.stream()
        .map(own -> row(own.get(0).second(), own.get(own.size() - 1).second() + gap, own));
  }

  private static Map<String, List<Reading>> bySensor(List<Reading> readings) {
    return readings.stream().collect(Collectors.groupingBy(Reading::sensor));
  }

  private static Row row(int start, int end, List<Reading> readings) {
    TwoPass truth = Reading.truth(readings.stream());
    LocalDateTime from = Reading.at(start);
    return Row.of(
        readings.get(0).sensor(),
        from,
        Reading.at(end),
        truth.count(),
        truth.mean(),
        truth.m2(),
        truth.varPop(),
        truth.varSamp());
  }
}
