package io.batchnorm.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SuiteTest {
  private static final Effort TWO_ROUNDS = new Effort(2, 1, 1, 1);

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  @Test
  void bothSidesTakeTheirSamplesInTurns() throws IOException {
    Row row =
        new Row("a", new FakeMeasurement("ours", log, 1), new FakeMeasurement("other", log, 1));

    new Suite(List.of(row), new Effort(1, 0, 10, 1), line -> {}).run(results -> {});

    assertThat(log).hasSize(20).contains("ours", "other");
    for (int i = 2; i < log.size(); i++) {
      assertThat(log.get(i)).as("sample %d", i).isEqualTo(log.get(i - 2));
    }
    assertThat(log.get(0)).isNotEqualTo(log.get(1));
  }

  @Test
  void sidesThatCanShareAJvmDo() throws IOException {
    Row row = new Row("a", new Sharing(), new FakeMeasurement("other", log, 1));

    Result result =
        new Suite(List.of(row), new Effort(1, 1, 1, 1), line -> {}).run(results -> {}).get(0);

    assertThat(result.ours()).isEqualTo(6);
    assertThat(result.other()).isEqualTo(3);
    assertThat(log).isEmpty();
  }

  @Test
  void aSharedJvmThatFailsNamesBothSides() {
    Row row = new Row("a", new FakeMeasurement("ours", log, 1), new Sharing());
    Row turned = new Row("a", new Sharing(), new Sharing());

    assertThatIllegalStateException()
        .isThrownBy(() -> run(turned))
        .withMessage("sharing and sharing: two of a kind");
    assertThatIllegalStateException()
        .isThrownBy(() -> run(row))
        .withMessage("sharing: not in a JVM of its own");
  }

  /** Measures in one JVM with whatever is not like it. */
  private static final class Sharing extends FakeMeasurement {
    Sharing() {
      super("sharing", List.of());
    }

    @Override
    public Round round(Effort effort, Turns turns) {
      throw new IllegalStateException("not in a JVM of its own");
    }

    @Override
    public Optional<RoundOfBoth> together(Measurement other, Effort effort) {
      if (other instanceof Sharing) {
        throw new IllegalStateException("two of a kind");
      }
      return Optional.of(new RoundOfBoth(Round.of(List.of(6.0)), Round.of(List.of(3.0))));
    }
  }

  @Test
  void takesAllRowsAndThenAllAgain() throws IOException {
    List<String> heard = new ArrayList<>();
    Measurement other = new FakeMeasurement("other", log, 1);

    new Suite(
            List.of(new Row("a", other, other), new Row("b", other, other)), TWO_ROUNDS, heard::add)
        .run(results -> {});

    assertThat(heard)
        .containsExactly(
            "round 1 of 2, 1 of 2: a",
            "round 1 of 2, 2 of 2: b",
            "round 2 of 2, 1 of 2: a",
            "round 2 of 2, 2 of 2: b");
  }

  @Test
  void aSideThatFailsEndsTheOtherAndIsNamed() {
    Measurement broken = new FakeMeasurement("broken", log);

    assertThatIllegalStateException()
        .isThrownBy(() -> run(new Row("a", new FakeMeasurement("ours", log, 1), broken)))
        .withMessageStartingWith("broken: ")
        .withCauseInstanceOf(ArithmeticException.class);
  }

  /** It never asks for a turn, for which the other one would wait for ever. */
  @Test
  @Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void anErrorBeforeTheFirstTurnEndsTheOtherSide() {
    Measurement broken =
        new FakeMeasurement("broken", log) {
          @Override
          public Round round(Effort effort, Turns turns) {
            throw new NoClassDefFoundError("no libtorch");
          }
        };

    assertThatIllegalStateException()
        .isThrownBy(() -> run(new Row("a", new FakeMeasurement("ours", log, 1), broken)))
        .withMessage("broken: no libtorch");
    assertThat(log).isEmpty();
  }

  /** The machine is not always as fast; the medians of the sides are 30 and 5. */
  @Test
  void theRatioIsTheMedianOfPairsOfSamplesAndNotThatOfMedians() throws IOException {
    Row row =
        new Row(
            "a",
            new FakeMeasurement("ours", log, 10, 60, 30),
            new FakeMeasurement("x", log, 5, 20, 5));

    Result result =
        new Suite(List.of(row), new Effort(3, 1, 1, 1), line -> {}).run(results -> {}).get(0);

    assertThat(result.ours()).isEqualTo(60);
    assertThat(result.other()).isEqualTo(20);
    assertThat(result.ratio()).isEqualTo(3);
    assertThat(result.ratioLow()).isEqualTo(2);
    assertThat(result.ratioHigh()).isEqualTo(6);
    assertThat(result.unit()).isEqualTo("values/s");
  }

  @Test
  void comparesLikeWithLikeOnly() {
    Measurement values = new FakeMeasurement("ours", "values/s", log, 1);
    Measurement batches = new FakeMeasurement("other", "batches/s", log, 1);

    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Row("a", values, batches))
        .withMessage("a compares values/s with batches/s");
  }

  @Test
  void ratiosOfKernelsHaveGeometricMeansOverTheirShapes() throws IOException {
    Measurement other = new FakeMeasurement("other", log, 1);

    List<Result> results =
        run(
            new Row("kernel/a/b/1x2", new FakeMeasurement("x", log, 2), other),
            new Row("kernel/a/b/3x4", new FakeMeasurement("y", log, 8), other),
            new Row("job/a", new FakeMeasurement("z", log, 9), other));

    assertThat(GeometricMeans.of(results)).containsOnlyKeys("kernel/a/b");
    assertThat(GeometricMeans.of(results).get("kernel/a/b")).isCloseTo(4, within(1e-12));
  }

  @Test
  void theMedianOfTwoPairsIsTheLowerOne() {
    Pair low = new Pair(3, 2);
    Pair high = new Pair(2, 1);

    assertThat(Pair.median(List.of(high, low))).isEqualTo(low);
    assertThat(Pair.median(List.of(high, low, high))).isEqualTo(high);
  }

  @Test
  void medianOfAnEvenNumberIsBetweenTheTwoInTheMiddle() {
    assertThat(Samples.median(new double[] {9, 1, 3, 2})).isEqualTo(2.5);
    assertThat(Samples.median(new double[] {9, 1, 3})).isEqualTo(3);
  }

  @Test
  void resultsAreKeptAfterEveryRound() throws IOException {
    Row row =
        new Row("a", new FakeMeasurement("ours", log, 30, 10), new FakeMeasurement("x", log, 5));
    List<Double> kept = new ArrayList<>();

    new Suite(List.of(row), TWO_ROUNDS, line -> {})
        .run(results -> kept.add(results.get(0).ratio()));

    assertThat(kept).containsExactly(6.0, 2.0);
  }

  private static List<Result> run(Row... rows) throws IOException {
    return new Suite(List.of(rows), TWO_ROUNDS, line -> {}).run(results -> {});
  }
}
