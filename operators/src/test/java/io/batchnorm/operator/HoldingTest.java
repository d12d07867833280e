package io.batchnorm.operator;

import static io.batchnorm.operator.Published.served;
import static io.batchnorm.operator.Published.update;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.groups.Tuple.tuple;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.NonFinite;
import io.batchnorm.core.RejectionReason;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.RejectedRecord;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Records that come before the statistics of their key. */
class HoldingTest {
  private static final String KEY = "camera";
  private static final FeatureBatch A = Batches.of(KEY, 1);
  private static final FeatureBatch B = Batches.of(KEY, 2);
  private static final FeatureBatch C = Batches.of(KEY, 3);
  private static final FeatureBatch OTHER = Batches.of("sensor", 1);
  private static final ServingJob JOB = ServingJob.on(Backend.HASHMAP);

  private ServingSubtask subtask;

  private void open(ServingJob job) throws Exception {
    subtask = job.open();
  }

  @AfterEach
  void close() throws Exception {
    subtask.close();
  }

  @Test
  void areNormalizedInTheirOrderWhenTheStatisticsCome() throws Exception {
    open(JOB);

    subtask.batches(A, OTHER, B);
    assertThat(subtask.normalized()).isEmpty();
    assertThat(subtask.gauge("held_records")).isEqualTo(3);
    subtask.publish(update(KEY, 4));
    subtask.batch(C);

    assertThat(subtask.normalized()).containsExactly(served(A, 4), served(B, 4), served(C, 4));
    assertThat(subtask.gauge("held_records")).isEqualTo(1);
    assertThat(subtask.counter("batches")).isEqualTo(3);
    assertThat(subtask.rejected()).isEmpty();
  }

  @Test
  void areNormalizedOnce() throws Exception {
    open(JOB);

    subtask.batch(A);
    subtask.publish(update(KEY, 4), update(KEY, 5));

    assertThat(subtask.normalized()).containsExactly(served(A, 4));
  }

  @Test
  void areRejectedBeyondTheLimitAndToldHowToFixIt() throws Exception {
    open(JOB.withHold(2));

    subtask.batches(A, OTHER, B);
    subtask.publish(update(KEY, 4));

    assertThat(subtask.normalized()).containsExactly(served(A, 4));
    assertThat(subtask.rejected())
        .containsExactly(
            new RejectedRecord(
                KEY,
                "camera/2",
                RejectionReason.STATISTICS_NOT_ARRIVED,
                "key camera has no statistics yet, and 2 records wait already where hold allows 2;"
                    + " raise hold, or start with statistics of the key"));
    assertThat(subtask.counter("rejected_statistics_not_arrived")).isOne();
  }

  @Test
  void areRejectedAllAtOnceIfNoneMayWait() throws Exception {
    open(JOB.withHold(0));

    subtask.batches(A, B);

    assertThat(subtask.rejected())
        .extracting(RejectedRecord::id)
        .containsExactly("camera/1", "camera/2");
  }

  @Test
  void makeRoomForOthersWhenTheyGo() throws Exception {
    open(JOB.withHold(1));

    subtask.batch(A);
    subtask.publish(update(KEY, 4));
    subtask.batch(OTHER);

    assertThat(subtask.rejected()).isEmpty();
    assertThat(subtask.gauge("held_records")).isEqualTo(1);
  }

  @Test
  void countByTheirIds() throws Exception {
    List<String> ids = List.of("a", "b", "c");
    FeatureBatch three = new FeatureBatch(KEY, ids, Batches.map(1, 3, 3));
    open(JOB.withHold(4));

    subtask.batches(three, three, A);

    assertThat(subtask.rejected()).extracting(RejectedRecord::id).isEqualTo(ids);
    assertThat(subtask.gauge("held_records")).isEqualTo(4);
  }

  @Test
  void areRejectedWhenBothStreamsHaveEndedAndNotBefore() throws Exception {
    open(JOB);
    subtask.batches(A, OTHER);

    subtask.recordsEnd();
    assertThat(subtask.rejected()).isEmpty();
    subtask.publish(update(KEY, 4));
    subtask.statisticsEnd();

    assertThat(subtask.normalized()).containsExactly(served(A, 4));
    assertThat(subtask.rejected())
        .containsExactly(
            new RejectedRecord(
                "sensor",
                "sensor/1",
                RejectionReason.STATISTICS_NOT_ARRIVED,
                "statistics of key sensor had not arrived when both streams ended; publish some of"
                    + " it, or start with some"));
    assertThat(subtask.gauge("held_records")).isEqualTo(0);
  }

  @Test
  void waitForTheRecordsToEndToo() throws Exception {
    open(JOB);

    subtask.batch(A);
    subtask.statisticsEnd();
    assertThat(subtask.rejected()).isEmpty();
    subtask.recordsEnd();

    assertThat(subtask.rejected()).hasSize(1);
  }

  @Test
  void areRejectedAtOnceIfNoStatisticsCouldNormalizeThem() throws Exception {
    open(JOB.withHold(0).withAlpha(0.5));

    subtask.batches(
        Batches.ofShape(KEY, 1, 0, 3),
        Batches.spoiled(Batches.of(KEY, 2), Float.NaN),
        Batches.ofShape(KEY, 3, 1, 3));

    assertThat(subtask.rejected())
        .extracting(RejectedRecord::reason)
        .containsExactly(
            RejectionReason.EMPTY_BATCH,
            RejectionReason.NON_FINITE,
            RejectionReason.ONE_VALUE_PER_CHANNEL);
  }

  @Test
  void mayHaveNanIfThePolicyLetsItPass() throws Exception {
    BatchNormConfig config = BatchNormConfig.builder().nonFinite(NonFinite.PROPAGATE).build();
    open(JOB.withConfig(config));

    subtask.batch(Batches.spoiled(A, Float.NaN));
    subtask.publish(update(KEY, 4));

    assertThat(subtask.normalized().get(0).features().values()).contains(Float.NaN);
  }

  @Test
  void areRejectedWhenTheStatisticsThatComeDoNotFit() throws Exception {
    RunningStatistics narrow = RunningStatistics.of(6, 48, new double[2], new double[] {1, 1});
    open(JOB);

    subtask.batch(A);
    subtask.publish(KeyStatistics.of(KEY, narrow, true));

    assertThat(subtask.normalized()).isEmpty();
    assertThat(subtask.rejected())
        .extracting(RejectedRecord::id, RejectedRecord::reason)
        .containsExactly(tuple("camera/1", RejectionReason.CHANNEL_MISMATCH));
    assertThat(subtask.gauge("held_records")).isEqualTo(0);
  }

  @Test
  void doNotWaitIfNoRunningStatisticsAreUsedAtAll() throws Exception {
    open(JOB.withConfig(BatchNormConfig.builder().trackRunningStatistics(false).build()));

    subtask.batch(A);

    assertThat(subtask.normalized()).hasSize(1);
  }
}
