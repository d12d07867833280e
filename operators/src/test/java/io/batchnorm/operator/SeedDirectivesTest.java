package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import java.util.List;
import org.apache.flink.util.InstantiationUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SeedDirectivesTest {
  private static final String KEY = "camera";
  private static final Directive LOAD = Directive.load(KEY, Batches.statistics());
  private static final Directive FREEZE_LATER = Directive.freeze("*").afterBatches(2);

  @Test
  void shippedSeedsAreTheDirectivesInTheirOrder() throws Exception {
    SeedDirectives shipped =
        InstantiationUtil.clone(SeedDirectives.of(List.of(LOAD, FREEZE_LATER, LOAD)));

    assertThat(shipped.directives()).containsExactly(LOAD, FREEZE_LATER, LOAD);
    assertThat(shipped.isEmpty()).isFalse();
    assertThat(SeedDirectives.of(List.of()).isEmpty()).isTrue();
  }

  @Test
  void fingerprintTellsListsApart() {
    String fingerprint = SeedDirectives.of(List.of(LOAD, FREEZE_LATER)).fingerprint();

    assertThat(SeedDirectives.of(List.of(LOAD, FREEZE_LATER)).fingerprint()).isEqualTo(fingerprint);
    assertThat(SeedDirectives.of(List.of(FREEZE_LATER, LOAD)).fingerprint())
        .isNotEqualTo(fingerprint)
        .hasSize(64);
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void actBeforeTheFirstRecord(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).withoutControl().withSeeds(LOAD).open()) {
      subtask.batch(Batches.of(KEY, 0));

      assertThat(subtask.normalized().get(0).numBatchesTracked()).isEqualTo(41);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void areTakenInOnceOverManyRestores(Backend backend) throws Exception {
    Job job = Job.on(backend).withSeeds(LOAD, FREEZE_LATER);
    Subtask subtask = job.open();
    for (int i = 0; i < 4; i++) {
      subtask.batch(Batches.of(KEY, i));
      Subtask before = subtask;
      subtask = job.restore(before.checkpoint());
      before.close();
      assertThat(subtask.directives()).containsOnlyKeys(1L, 2L);
    }
    try (Subtask last = subtask) {
      RunningStatistics learned = last.state(KEY).layer().statistics().orElseThrow();

      assertThat(learned.numBatchesTracked()).isEqualTo(42);
      assertThat(last.state(KEY).layer().frozen()).isTrue();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void changedListIsTakenInAfterARestoreBehindWhatCameLive(Backend backend) throws Exception {
    Job first = Job.on(backend).withSeeds(LOAD);
    Job second = first.withSeeds(LOAD, Directive.unfreeze("*"));
    try (Subtask before = first.open()) {
      before.batch(Batches.of(KEY, 0));
      before.batch(Batches.of(KEY, 1));
      before.direct(Directive.freeze("*"));
      try (Subtask after = second.restore(before.checkpoint())) {
        after.batch(Batches.of(KEY, 2));

        assertThat(after.state(KEY).layer().frozen()).isFalse();
        assertThat(after.normalized().get(0).numBatchesTracked()).isEqualTo(41);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void seedsThatWereDroppedFromTheJobStayInForce(Backend backend) throws Exception {
    Job first = Job.on(backend).withSeeds(Directive.load("*", Batches.statistics()));
    try (Subtask before = first.open();
        Subtask after = first.withSeeds().restore(before.checkpoint())) {
      after.batch(Batches.of("late", 0));

      assertThat(after.normalized().get(0).numBatchesTracked()).isEqualTo(41);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void listThatComesBackAfterAnotherIsTakenInAgain(Backend backend) throws Exception {
    Job frozen = Job.on(backend).withSeeds(Directive.freeze("*"));
    Job learning = frozen.withSeeds(Directive.unfreeze("*"));
    try (Subtask first = frozen.open();
        Subtask second = learning.restore(first.checkpoint());
        Subtask third = frozen.restore(second.checkpoint())) {
      second.batch(Batches.of(KEY, 0));
      third.batch(Batches.of(KEY, 1));

      assertThat(second.state(KEY).layer().frozen()).isFalse();
      assertThat(third.rejected()).hasSize(1);
    }
  }
}
