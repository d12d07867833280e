package io.batchnorm.operator;

import static io.batchnorm.operator.Published.served;
import static io.batchnorm.operator.Published.update;
import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.flink.streaming.runtime.streamrecord.StreamRecord;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Serving that follows a stream goes on after a restore or rescale as if nothing had been. */
class FollowingStateTest {
  private static final String KEY = "camera";
  private static final FeatureBatch A = Batches.of(KEY, 1);
  private static final FeatureBatch B = Batches.of(KEY, 2);
  private static final FeatureBatch C = Batches.of(KEY, 3);

  private static Map<String, RunningStatistics> initial(int version) {
    return Map.of(KEY, Published.statistics(KEY, version));
  }

  private static List<FeatureBatch> numbered(int from, int to) {
    return IntStream.range(from, to).mapToObj(number -> Batches.of(KEY, number)).toList();
  }

  private static NormalizedBatch[] allServed(List<FeatureBatch> batches, int version) {
    return batches.stream().map(batch -> served(batch, version)).toArray(NormalizedBatch[]::new);
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void recordsThatWaitedGoOnWaitingInTheirOrderAndWithTheirTime(Backend backend) throws Exception {
    ServingJob job = ServingJob.on(backend);
    try (ServingSubtask before = job.open()) {
      before.batchAt(7, A);
      before.batch(B);
      try (ServingSubtask after = job.restore(before.checkpoint())) {
        assertThat(after.gauge("held_records")).isEqualTo(2);
        after.batch(C);
        after.publish(update(KEY, 3));

        assertThat(after.normalizedWithTimestamps())
            .containsExactly(
                new StreamRecord<>(served(A, 3), 7),
                new StreamRecord<>(served(B, 3)),
                new StreamRecord<>(served(C, 3)));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void recordsThatWentOnDoNotComeBack(Backend backend) throws Exception {
    ServingJob job = ServingJob.on(backend);
    try (ServingSubtask before = job.open()) {
      before.batch(A);
      before.checkpoint();
      before.publish(update(KEY, 3));
      try (ServingSubtask after = job.restore(before.checkpoint())) {
        after.publish(update(KEY, 4));
        after.recordsEnd();
        after.statisticsEnd();

        assertThat(before.normalized()).containsExactly(served(A, 3));
        assertThat(after.normalized()).isEmpty();
        assertThat(after.rejected()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aRestoredJobServesByWhatItHadAndNotByWhatItStartedWith(Backend backend) throws Exception {
    ServingJob job = ServingJob.on(backend).withInitial(initial(2));
    try (ServingSubtask before = job.open()) {
      before.publish(update(KEY, 6), update("sensor", 1));
      Map<String, KeyStatistics> published = before.statistics();
      try (ServingSubtask after = job.withInitial(initial(9)).restore(before.checkpoint())) {
        after.batch(A);
        after.publish(update(KEY, 5));
        after.batch(B);

        assertThat(after.statistics()).isEqualTo(published).hasSize(2);
        assertThat(after.normalized()).containsExactly(served(A, 6), served(B, 6));
        assertThat(after.gauge("frozen_keys")).isEqualTo(2L);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aForgottenKeyStaysForgottenThoughTheJobStartedWithIt(Backend backend) throws Exception {
    ServingJob job = ServingJob.on(backend).withInitial(initial(2));
    try (ServingSubtask before = job.open()) {
      before.publish(KeyStatistics.forgotten(KEY, false));
      try (ServingSubtask after = job.restore(before.checkpoint())) {
        after.batch(A);
        assertThat(after.normalized()).isEmpty();
        after.publish(update(KEY, 1));

        assertThat(after.normalized()).containsExactly(served(A, 1));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void aJobThatHadNothingYetStartsWithTheInitialStatistics(Backend backend) throws Exception {
    ServingJob job = ServingJob.on(backend);
    try (ServingSubtask before = job.open()) {
      before.batch(A);
      try (ServingSubtask after = job.withInitial(initial(2)).restore(before.checkpoint())) {
        assertThat(after.normalized()).containsExactly(served(A, 2));
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void recordsThatWaitedPassOnRestoreIfTheNewPolicyLetsThem(Backend backend) throws Exception {
    BatchNormConfig lenient = BatchNormConfig.builder().unknownKey(UnknownKey.INITIAL).build();
    ServingJob job = ServingJob.on(backend);
    try (ServingSubtask before = job.open()) {
      before.batches(A, B);
      try (ServingSubtask after = job.withConfig(lenient).restore(before.checkpoint())) {
        assertThat(after.normalized())
            .extracting(NormalizedBatch::ids)
            .containsExactly(A.ids(), B.ids());
        assertThat(after.gauge("held_records")).isEqualTo(0);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void recordsStayThoughFewerMayWaitAfterARestore(Backend backend) throws Exception {
    ServingJob job = ServingJob.on(backend);
    try (ServingSubtask before = job.open()) {
      before.batches(A, B);
      try (ServingSubtask after = job.withHold(1).restore(before.checkpoint())) {
        after.batch(C);
        after.publish(update(KEY, 3));

        assertThat(after.normalized()).containsExactly(served(A, 3), served(B, 3));
        assertThat(after.rejected()).extracting(RejectedRecord::id).isEqualTo(C.ids());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void noRecordIsLostOrDoubledFromOneSubtaskToThreeToTwo(Backend backend) throws Exception {
    try (ServingSubtasks subtasks = ServingSubtasks.of(ServingJob.on(backend), 1)) {
      for (FeatureBatch batch : numbered(0, 10)) {
        subtasks.batch(batch);
      }
      subtasks.rescale(3);
      for (FeatureBatch batch : numbered(10, 30)) {
        subtasks.batch(batch);
      }
      subtasks.rescale(2);
      assertThat(subtasks.all())
          .allSatisfy(s -> assertThat(s.gauge("held_records")).isNotEqualTo(0));

      subtasks.publish(update(KEY, 4));
      subtasks.endOfInput();

      assertThat(subtasks.normalized()).containsExactlyInAnyOrder(allServed(numbered(0, 30), 4));
      assertThat(subtasks.rejected()).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void moreThanTheLimitStayWhenSubtasksBecomeFewer(Backend backend) throws Exception {
    try (ServingSubtasks subtasks = ServingSubtasks.of(ServingJob.on(backend).withHold(5), 3)) {
      for (FeatureBatch batch : numbered(0, 15)) {
        subtasks.batch(batch);
      }
      subtasks.rescale(1);
      subtasks.batch(C);
      assertThat(subtasks.all().get(0).gauge("held_records")).isEqualTo(15);
      assertThat(subtasks.rejected()).hasSize(1);

      subtasks.endOfInput();

      assertThat(subtasks.rejected()).hasSize(16);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void everySubtaskHasTheLatestVersionAfterARescale(Backend backend) throws Exception {
    ServingJob job = ServingJob.on(backend).withInitial(initial(2));
    try (ServingSubtasks subtasks = ServingSubtasks.of(job, 1)) {
      for (int parallelism : new int[] {3, 2, 5, 1}) {
        int version = 10 + parallelism;
        subtasks.publish(KeyStatistics.forgotten("sensor", true));
        subtasks.publish(Published.reset(KEY, version));

        subtasks.rescale(parallelism);
        subtasks.publish(update(KEY, version - 1));

        for (ServingSubtask subtask : subtasks.all()) {
          subtask.batch(A);
          assertThat(subtask.normalized()).containsExactly(served(A, version));
          assertThat(subtask.statistics()).containsOnlyKeys(KEY, "sensor");
        }
      }
    }
  }
}
