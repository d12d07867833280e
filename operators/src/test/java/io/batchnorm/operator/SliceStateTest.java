package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.Slice;
import io.batchnorm.types.BatchPart;
import io.batchnorm.types.BatchPiece;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyState;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import io.batchnorm.types.SlicePart;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.flink.api.java.tuple.Tuple4;
import org.apache.flink.metrics.Counter;
import org.apache.flink.metrics.Gauge;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What slices keep, and what they refuse to go on from. */
class SliceStateTest {
  private static final String KEY = "camera";

  private static SlicedRun run(Job job, int width) throws Exception {
    return new SlicedRun(job, width, 2, new Random(1));
  }

  private static List<KeyState> states(SlicedRun run) throws Exception {
    List<KeyState> states = new ArrayList<>();
    states.add(run.leader(KEY));
    for (int i = 0; i < 4; i++) {
      states.add(run.slice(KEY, i));
    }
    return states;
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void rejectedBatchChangesNothingInAnySliceAndIsRejectedOnce(Backend backend) throws Exception {
    List<FeatureBatch> bad =
        List.of(
            Batches.ofShape(KEY, 10, 2, 5, 2),
            Batches.ofShape(KEY, 11, 2, 2, 2),
            Batches.ofShape(KEY, 12, 2, 3, 2, 2, 2),
            Batches.ofShape(KEY, 13, 1, 3, 1, 1),
            Batches.ofShape(KEY, 14, 0, 3, 2, 2),
            Batches.spoiled(Batches.of(KEY, 15), Float.NaN),
            Batches.spoiled(Batches.of(KEY, 16), Float.POSITIVE_INFINITY));
    try (SlicedRun run = run(Job.on(backend), 2)) {
      run.batch(Batches.of(KEY, 0));
      run.deliverAll();
      List<KeyState> before = states(run);

      for (FeatureBatch batch : bad) {
        run.batch(batch);
        run.deliverAll();
      }

      assertThat(states(run)).isEqualTo(before);
      assertThat(before.get(3)).as("there are two slices").isNull();
      assertThat(run.rejected())
          .extracting(RejectedRecord::id)
          .containsExactlyElementsOf(bad.stream().map(batch -> batch.ids().get(0)).toList());
    }
  }

  /** The same width of the slice, and another layer. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void batchOfMoreChannelsIsNoFirstBatchOfASliceThatHasNone(Backend backend) throws Exception {
    try (SlicedRun run = run(Job.on(backend), 2)) {
      run.batch(Batches.ofShape(KEY, 0, 2, 4, 2));
      run.batch(Batches.ofShape(KEY, 1, 2, 6, 2));
      run.deliverAll();

      assertThat(run.slice(KEY, 2)).isNull();
      assertThat(run.rejected())
          .singleElement()
          .satisfies(
              record -> assertThat(record.message()).contains("6 channels", "its key have 4"));
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void slicesHoldTheStatisticsOfTheirChannels(Backend backend) throws Exception {
    try (SlicedRun run = run(Job.on(backend), 2);
        Subtask whole = Job.on(backend).open()) {
      for (FeatureBatch batch : Batches.inTurn(0, 4)) {
        run.batch(batch);
        whole.batch(batch);
      }
      run.deliverAll();

      RunningStatistics learned = whole.state(KEY).layer().statistics().orElseThrow();
      List<RunningStatistics> slices =
          List.of(
              run.slice(KEY, 0).layer().statistics().orElseThrow(),
              run.slice(KEY, 1).layer().statistics().orElseThrow());
      assertThat(Slice.joined(slices)).isEqualTo(learned);
      assertThat(slices.get(1).numFeatures()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void batchesRejectionsAndFrozenKeysAreCountedOnceAndValuesBySlices(Backend backend)
      throws Exception {
    Job job = Job.on(backend).withSeeds(Directive.freeze(KEY).afterBatches(1));
    try (SlicedRun run = run(job, 1)) {
      run.batch(Batches.of(KEY, 0));
      run.batch(Batches.of(KEY, 1));
      run.batch(Batches.spoiled(Batches.of(KEY, 2), Float.NaN));
      run.deliverAll();

      assertThat(count(run.slicers(), "batches")).isEqualTo(2);
      assertThat(count(run.slicers(), "rejected_non_finite")).isEqualTo(1);
      assertThat(count(run.slicers(), "values")).isZero();
      assertThat(count(run.slices(), "values")).isEqualTo(2 * 24);
      assertThat(run.slicers().harness(run.slicers().subtaskOf(KEY)).metrics())
          .satisfies(
              metrics ->
                  assertThat(((Gauge<?>) metrics.get("batchnorm.frozen_keys")).getValue())
                      .isEqualTo(1L));
    }
  }

  /** It would wait for ever, and what comes behind it too. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void turnThatComesAgainIsRefused(Backend backend) throws Exception {
    try (SlicedRun run = run(Job.on(backend), 2)) {
      run.batch(Batches.of(KEY, 0));
      BatchPart first = run.slicers().outputs().get(0);
      run.deliverAll();
      int index = run.slices().subtaskOf(((SlicePart) first).sliceKey());

      assertThatThrownBy(() -> run.slices().feed(index, new StreamRecord<>(first)))
          .hasMessageContaining("turn 1 of camera came again behind turn 2");
    }
  }

  /** What its slicer has sent to the first slice of the key. */
  private static List<SlicePart> sentToFirst(SlicedRun run) {
    return run.slicers().outputs().stream()
        .map(SlicePart.class::cast)
        .filter(part -> part.slice().index() == 0)
        .toList();
  }

  private static void assertNotPassedOver(SlicedRun run, List<SlicePart> parts, String says) {
    int index = run.slices().subtaskOf(parts.get(0).sliceKey());
    parts.forEach(part -> run.slices().feed(index, new StreamRecord<>(part)));
    assertThatThrownBy(run.slices()::endInput)
        .hasMessageContaining(says)
        .hasMessageContaining("camera");
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void lostTurnIsNotPassedOverAtTheEnd(Backend backend) throws Exception {
    try (SlicedRun run = run(Job.on(backend), 2)) {
      run.batch(Batches.of(KEY, 0));
      run.batch(Batches.of(KEY, 1));
      List<SlicePart> sent = sentToFirst(run);

      assertNotPassedOver(
          run, List.of(sent.get(0), sent.get(2)), "what was to come before others is missing");
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void lostPieceOfASliceIsNotPassedOverAtTheEnd(Backend backend) throws Exception {
    try (SlicedRun run = run(Job.on(backend), 2)) {
      run.batch(Batches.of(KEY, 0));
      List<SlicePart> sent = sentToFirst(run);
      BatchPiece piece = (BatchPiece) sent.get(1);

      assertNotPassedOver(
          run, List.of(sent.get(0), piece.channels(0, 1)), "pieces of batches are missing");
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void statisticsOfALostSliceAreNotPassedOverAtTheEnd(Backend backend) throws Exception {
    try (SlicedRun run = run(Job.on(backend).withStatisticsEvery(1), 2)) {
      run.batch(Batches.of(KEY, 0));
      run.deliverAll();
      Tuple4<KeyStatistics, Long, Integer, Integer> told =
          run.slices().sideOutputs(SliceOperator.STATISTICS).get(0);
      int index = run.statisticsJoiner().subtaskOf(KEY);
      run.statisticsJoiner()
          .feed(index, new StreamRecord<>(Tuple4.of(told.f0, 2L, told.f2, told.f3)));

      assertThatThrownBy(() -> run.statisticsJoiner().watermark(index, Watermark.MAX_WATERMARK))
          .hasMessageContaining("statistics of some slices are missing, of key \"camera\"");
    }
  }

  private static long count(Stage<?> stage, String name) {
    long count = 0;
    for (int index = 0; index < stage.parallelism(); index++) {
      count += ((Counter) stage.harness(index).metrics().get("batchnorm." + name)).getCount();
    }
    return count;
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void stateOfAnotherWidthIsRefusedWithBothWidthsAndTheCure(Backend backend) throws Exception {
    Job job = Job.on(backend);
    OperatorSubtaskState sliced;
    OperatorSubtaskState leaders;
    OperatorSubtaskState whole;
    try (SlicedRun run = new SlicedRun(job, 2, 1, new Random(1));
        Subtask subtask = job.withoutControl().open()) {
      run.batch(Batches.of(KEY, 0));
      run.deliverAll();
      subtask.batch(Batches.of(KEY, 0));
      sliced = run.slices().snapshot();
      leaders = run.slicers().snapshot();
      whole = subtask.checkpoint();
    }

    try (SlicedRun other = new SlicedRun(job, 3, 1, new Random(1))) {
      assertRefused(() -> other.slices().restoreFrom(sliced), "2", "3");
      assertRefused(() -> other.slicers().restoreFrom(leaders), "2", "3");
      assertRefused(() -> other.slices().restoreFrom(whole), "none", "3");
    }
    assertRefused(() -> job.restore(sliced).close(), "2", "none");
    assertRefused(() -> job.withoutControl().restore(sliced).close(), "2", "none");
  }

  private static void assertRefused(ThrowingCallable restore, String saved, String wanted) {
    assertThatThrownBy(restore)
        .rootCause()
        .hasMessageContaining(
            "was taken with channels-per-slice %s, this job has %s; start with %s"
                .formatted(saved, wanted, saved))
        .hasMessageContaining("statistics export and --statistics-in");
  }
}
