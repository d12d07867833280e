package io.batchnorm.operator;

import static io.batchnorm.operator.Published.reset;
import static io.batchnorm.operator.Published.served;
import static io.batchnorm.operator.Published.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.groups.Tuple.tuple;

import io.batchnorm.core.Affine;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.FeatureMap;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.Map;
import org.apache.flink.streaming.api.watermark.Watermark;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.apache.flink.streaming.runtime.watermarkstatus.WatermarkStatus;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Which of the statistics that a stream brings normalize a record. */
class FollowingStatisticsTest {
  private static final String KEY = "camera";
  private static final FeatureBatch A = Batches.of(KEY, 1);
  private static final FeatureBatch B = Batches.of(KEY, 2);
  private static final FeatureBatch C = Batches.of(KEY, 3);
  private static final ServingJob JOB =
      ServingJob.on(Backend.HASHMAP)
          .withInitial(Map.of(KEY, Published.statistics(KEY, 5)))
          .withHold(0);
  private static final BatchNormConfig INITIAL_PASSES =
      BatchNormConfig.builder().unknownKey(UnknownKey.INITIAL).build();

  private ServingSubtask subtask;

  private void open(ServingJob job) throws Exception {
    subtask = job.open();
  }

  @AfterEach
  void close() throws Exception {
    subtask.close();
  }

  @Test
  void statisticsTakeEffectAtOnceForAllLaterRecords() throws Exception {
    open(JOB);

    subtask.batch(A);
    subtask.publish(update(KEY, 6));
    subtask.batches(B, C);

    assertThat(subtask.normalized()).containsExactly(served(A, 5), served(B, 6), served(C, 6));
  }

  @Test
  void statisticsOfAnotherKeyChangeNothing() throws Exception {
    open(JOB);

    subtask.publish(update("sensor", 6));
    subtask.batch(A);

    assertThat(subtask.normalized()).containsExactly(served(A, 5));
  }

  @Test
  void anOlderVersionNeverTakesThePlaceOfANewerOne() throws Exception {
    open(JOB);

    subtask.publish(update(KEY, 4));
    subtask.batch(A);
    subtask.publish(update(KEY, 9), update(KEY, 8));
    subtask.batch(B);

    assertThat(subtask.normalized()).containsExactly(served(A, 5), served(B, 9));
    assertThat(subtask.counter("statistics_older")).isEqualTo(2);
  }

  @Test
  void theSameVersionOnceMoreCounts() throws Exception {
    RunningStatistics others =
        RunningStatistics.of(5, 40, new double[] {1, 2, 3}, new double[] {4, 5, 6});
    open(JOB);

    subtask.publish(KeyStatistics.of(KEY, others, false));
    subtask.batch(A);

    assertThat(subtask.normalized().get(0).features().values())
        .containsExactly(Published.normalized(A, others));
  }

  @Test
  void anOlderVersionCountsIfACommandPutItInPlace() throws Exception {
    open(JOB);

    subtask.publish(reset(KEY, 2));
    subtask.batch(A);
    subtask.publish(update(KEY, 1));
    subtask.batch(B);
    subtask.publish(update(KEY, 3));
    subtask.batch(C);

    assertThat(subtask.normalized()).containsExactly(served(A, 2), served(B, 2), served(C, 3));
  }

  @Test
  void aKeyThatWasForgottenHasNoStatisticsUntilItHasLearnedAnew() throws Exception {
    open(JOB.withHold(1));

    subtask.publish(KeyStatistics.forgotten(KEY, false));
    subtask.batches(A, B);
    assertThat(subtask.normalized()).isEmpty();
    assertThat(subtask.gauge("frozen_keys")).isEqualTo(0L);
    subtask.publish(update(KEY, 1));
    subtask.batch(C);

    assertThat(subtask.normalized()).containsExactly(served(A, 1), served(C, 1));
    assertThat(subtask.rejected())
        .extracting(RejectedRecord::reason)
        .containsExactly(RejectionReason.STATISTICS_NOT_ARRIVED);
  }

  @Test
  void aKeyThatWasResetButForItsWeightHasNoStatisticsEither() throws Exception {
    RunningStatistics fresh =
        RunningStatistics.initial(3).withAffine(Affine.of(new float[] {2, 2, 2}, null));
    open(JOB.withHold(1));

    subtask.publish(new KeyStatistics(KEY, fresh, false, true));
    subtask.batch(A);

    assertThat(subtask.normalized()).isEmpty();
    assertThat(subtask.gauge("held_records")).isEqualTo(1);
  }

  @Test
  void weightAndBiasArriveWithTheStatistics() throws Exception {
    RunningStatistics doubled =
        RunningStatistics.of(6, 48, new double[3], new double[] {1, 1, 1})
            .withAffine(Affine.of(new float[] {2, 2, 2}, new float[] {7, 7, 7}));
    open(JOB);

    subtask.publish(KeyStatistics.of(KEY, doubled, true));
    subtask.batch(A);

    float[] y = subtask.normalized().get(0).features().values();
    for (int i = 0; i < y.length; i++) {
      assertThat(y[i]).isCloseTo(2 * A.features().values()[i] + 7, within(2e-3f));
    }
  }

  @Test
  void recordsOfAnotherWidthThanTheNewStatisticsAreRejected() throws Exception {
    RunningStatistics narrow = RunningStatistics.of(6, 48, new double[2], new double[] {1, 1});
    open(JOB);

    subtask.publish(KeyStatistics.of(KEY, narrow, true));
    subtask.batches(A, Batches.ofShape(KEY, 2, 4, 2));

    assertThat(subtask.rejected())
        .extracting(RejectedRecord::id, RejectedRecord::reason)
        .containsExactly(tuple(A.ids().get(0), RejectionReason.CHANNEL_MISMATCH));
    assertThat(subtask.normalized()).hasSize(1);
  }

  @Test
  void unknownAndForgottenKeysPassByTheInitialStatisticsIfAllowed() throws Exception {
    FeatureBatch two = FeatureBatch.of(KEY, "a", FeatureMap.of(new float[] {2}, 1, 1));
    FeatureBatch stranger = FeatureBatch.of("stranger", "b", two.features());
    open(JOB.withConfig(INITIAL_PASSES).withHold(10));

    subtask.batch(stranger);
    subtask.publish(KeyStatistics.forgotten(KEY, true));
    subtask.batch(two);

    // PyTorch's x / sqrt(1 + 1e-5), from semantics of a fresh layer: 1.9999899864.
    assertThat(subtask.normalized())
        .allSatisfy(
            batch -> {
              assertThat(batch.features().values()).containsExactly(1.99999f);
              assertThat(batch.numBatchesTracked()).isZero();
            })
        .hasSize(2);
    assertThat(subtask.gauge("held_records")).isEqualTo(0);
  }

  @Test
  void adaptationBlendsTheBatchIntoTheLatestStatistics() throws Exception {
    FeatureBatch batch = FeatureBatch.of(KEY, "a", FeatureMap.of(new float[] {1, 3}, 2, 1));
    RunningStatistics latest = RunningStatistics.of(6, 48, new double[] {4}, new double[] {6});
    open(JOB.withAlpha(0.25));

    subtask.publish(KeyStatistics.of(KEY, latest, true));
    subtask.batch(batch);

    // By hand: mean 0.75 * 4 + 0.25 * 2 = 3.5, var 0.75 * 6 + 0.25 * 2 = 5.
    float invStd = (float) (1 / Math.sqrt(5 + 1e-5));
    NormalizedBatch normalized = subtask.normalized().get(0);
    assertThat(normalized.features().values())
        .containsExactly(new float[] {-2.5f * invStd, -0.5f * invStd}, within(1e-6f));
    assertThat(normalized.mode()).isEqualTo(Mode.ADAPT);
    assertThat(normalized.numBatchesTracked()).isEqualTo(6);
    assertThat(subtask.statistics().get(KEY).statistics()).isEqualTo(latest);
  }

  @Test
  void countsWhatItNormalizesAndTheKeysThatItKnows() throws Exception {
    open(JOB);

    subtask.publish(update("sensor", 1), update("sensor", 2), update(KEY, 1));
    subtask.batches(A, Batches.spoiled(B, Float.NaN));

    assertThat(subtask.gauge("frozen_keys")).isEqualTo(2L);
    assertThat(subtask.counter("batches")).isOne();
    assertThat(subtask.counter("values")).isEqualTo(24);
    assertThat(subtask.counter("rejected_non_finite")).isOne();
  }

  @Test
  void recordsKeepTheirTimestampsWaitingOrNot() throws Exception {
    open(JOB.withHold(10));
    FeatureBatch early = Batches.of("sensor", 1);

    subtask.batchAt(70, early);
    subtask.batchAt(80, A);
    subtask.batchAt(90, Batches.spoiled(B, Float.NaN));
    subtask.publish(update("sensor", 1));

    assertThat(subtask.normalizedWithTimestamps())
        .extracting(StreamRecord::getTimestamp)
        .containsExactly(80L, 70L);
    assertThat(subtask.rejectedWithTimestamps())
        .extracting(StreamRecord::getTimestamp)
        .containsExactly(90L);
  }

  @Test
  void eventTimeIsThatOfTheRecordsAlone() throws Exception {
    open(JOB);

    subtask.watermarkOfRecords(new Watermark(10));
    subtask.watermarkOfStatistics(new Watermark(5));
    subtask.statusOfStatistics(WatermarkStatus.IDLE);
    subtask.statusOfRecords(WatermarkStatus.IDLE);
    subtask.statusOfRecords(WatermarkStatus.ACTIVE);
    subtask.watermarkOfRecords(new Watermark(20));

    assertThat(subtask.time())
        .containsExactly(
            new Watermark(10), WatermarkStatus.IDLE, WatermarkStatus.ACTIVE, new Watermark(20));
  }

  @Test
  void timeEndsWhenNoRecordCanWaitAnyMore() throws Exception {
    open(JOB);

    subtask.watermarkOfRecords(Watermark.MAX_WATERMARK);
    assertThat(subtask.time()).isEmpty();
    subtask.watermarkOfStatistics(Watermark.MAX_WATERMARK);

    assertThat(subtask.time()).containsExactly(Watermark.MAX_WATERMARK);
  }

  @Test
  void timeEndsWithTheRecordsIfTheStatisticsEndedBefore() throws Exception {
    open(JOB);

    subtask.watermarkOfStatistics(Watermark.MAX_WATERMARK);
    subtask.watermarkOfRecords(new Watermark(10));
    subtask.watermarkOfRecords(Watermark.MAX_WATERMARK);

    assertThat(subtask.time()).containsExactly(new Watermark(10), Watermark.MAX_WATERMARK);
  }
}
