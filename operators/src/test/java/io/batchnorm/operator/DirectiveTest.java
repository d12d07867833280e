package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Affine;
import io.batchnorm.core.Mode;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.NormalizedBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What each command does, when, and to whom; also when a restore comes between. */
class DirectiveTest {
  private static final String KEY = "camera";
  private static final String OTHER = "sensor";
  private static final String LATE = "late";
  private static final Affine AFFINE = Affine.of(new float[] {2, 3, 4}, new float[] {1, 0, -1});

  /** Every command, for one key and for all, at once and after batch 4, on both backends. */
  static Stream<Arguments> commands() {
    List<Arguments> commands = new ArrayList<>();
    for (Backend backend : Backend.values()) {
      for (String key : List.of(KEY, Directive.ALL_KEYS)) {
        for (long afterBatches : new long[] {0, 4}) {
          Stream.of(
                  Directive.freeze(key),
                  Directive.unfreeze(key),
                  Directive.reset(key),
                  Directive.load(key, Batches.statistics()))
              .map(directive -> directive.afterBatches(afterBatches))
              .forEach(directive -> commands.add(Arguments.of(backend, directive)));
        }
      }
    }
    return commands.stream();
  }

  /** Directive after batch 2, restore, batches up to 6 of all keys: what came out of each key. */
  private static List<NormalizedBatch> play(Job job, Directive directive, boolean restore)
      throws Exception {
    Subtask subtask = job.open();
    try {
      subtask.direct(Directive.freeze(OTHER));
      for (int i = 0; i < 2; i++) {
        subtask.batch(Batches.of(KEY, i));
        subtask.batch(Batches.of(OTHER, i));
      }
      subtask.direct(directive);
      if (restore) {
        Subtask before = subtask;
        subtask = job.restore(before.checkpoint());
        before.close();
      }
      int seen = subtask.normalized().size();
      for (int i = 2; i < 6; i++) {
        subtask.batch(Batches.of(KEY, i));
        subtask.batch(Batches.of(OTHER, i));
        subtask.batch(Batches.of(LATE, i));
      }
      return subtask.normalized().subList(seen, subtask.normalized().size());
    } finally {
      subtask.close();
    }
  }

  private static List<NormalizedBatch> eager(Job job, Directive directive) {
    EagerModel model = new EagerModel(job);
    model.direct(Directive.freeze(OTHER));
    for (int i = 0; i < 2; i++) {
      model.batch(Batches.of(KEY, i));
      model.batch(Batches.of(OTHER, i));
    }
    model.direct(directive);
    int seen = model.normalized().size();
    for (int i = 2; i < 6; i++) {
      model.batch(Batches.of(KEY, i));
      model.batch(Batches.of(OTHER, i));
      model.batch(Batches.of(LATE, i));
    }
    return model.normalized().subList(seen, model.normalized().size());
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("commands")
  void everyCommandSurvivesARestore(Backend backend, Directive directive) throws Exception {
    Job job = Job.on(backend);
    List<NormalizedBatch> expected = eager(job, directive);

    assertThat(play(job, directive, false)).isEqualTo(expected).isNotEmpty();
    assertThat(play(job, directive, true)).isEqualTo(expected);
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void loadForAllKeysReachesKeysFirstSeenAfterARestore(Backend backend) throws Exception {
    Job job = Job.on(backend);
    try (Subtask before = job.open()) {
      before.direct(Directive.load("*", Batches.statistics()));
      before.direct(Directive.freeze("*"));
      try (Subtask after = job.restore(before.checkpoint())) {
        after.batch(Batches.of(LATE, 0));

        assertThat(after.state(LATE).layer().statistics()).contains(Batches.statistics());
        assertThat(after.normalized().get(0).mode()).isEqualTo(Mode.EVAL);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void actsExactlyBetweenBatchNAndTheNext(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.direct(Directive.freeze("*").afterBatches(3));
      for (int i = 0; i < 5; i++) {
        subtask.batch(Batches.of(KEY, i));
      }

      assertThat(subtask.normalized())
          .extracting(NormalizedBatch::mode)
          .containsExactly(Mode.TRAIN, Mode.TRAIN, Mode.TRAIN, Mode.EVAL, Mode.EVAL);
      assertThat(subtask.normalized().get(4).numBatchesTracked()).isEqualTo(3);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void batchNMayBeTheLastOfTheInput(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.direct(Directive.freeze(KEY).afterBatches(2));
      subtask.batch(Batches.of(KEY, 0));
      subtask.batch(Batches.of(KEY, 1));
      assertThat(subtask.state(KEY).layer().frozen()).isTrue();

      subtask.endOfInput();

      assertThat(subtask.statistics())
          .hasSize(2)
          .allSatisfy(
              statistics -> {
                assertThat(statistics.frozen()).isTrue();
                assertThat(statistics.statistics().numBatchesTracked()).isEqualTo(2);
              });
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void rejectedBatchesDoNotCountAsBatches(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.direct(Directive.freeze(KEY).afterBatches(2));
      subtask.batch(Batches.of(KEY, 0));
      subtask.batch(Batches.spoiled(Batches.of(KEY, 1), Float.NaN));
      subtask.batch(Batches.of(KEY, 2));
      subtask.batch(Batches.of(KEY, 3));

      assertThat(subtask.normalized())
          .extracting(NormalizedBatch::mode)
          .containsExactly(Mode.TRAIN, Mode.TRAIN, Mode.EVAL);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void keyPastBatchNTakesItAtOnce(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      for (int i = 0; i < 4; i++) {
        subtask.batch(Batches.of(KEY, i));
      }
      subtask.direct(Directive.freeze("*").afterBatches(2));
      subtask.batch(Batches.of(KEY, 4));

      NormalizedBatch last = subtask.normalized().get(4);
      assertThat(last.mode()).isEqualTo(Mode.EVAL);
      assertThat(last.numBatchesTracked()).isEqualTo(4);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void directivesOfTheSameBatchActInTheirOrder(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.direct(Directive.load(KEY, Batches.statistics()).afterBatches(2));
      subtask.direct(Directive.reset("*").afterBatches(2));
      subtask.direct(Directive.freeze("*").afterBatches(1));
      subtask.direct(Directive.unfreeze(KEY).afterBatches(1));
      subtask.batch(Batches.of(KEY, 0));
      assertThat(subtask.state(KEY).layer().frozen()).isFalse();
      subtask.batch(Batches.of(KEY, 1));

      assertThat(subtask.state(KEY).layer().statistics()).isEmpty();
      assertThat(subtask.state(KEY).hasWaiting()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void weightAndBiasScaleAndShiftAndOutliveAReset(Backend backend) throws Exception {
    RunningStatistics loaded = Batches.statistics().withAffine(AFFINE);
    try (Subtask plain = Job.on(backend).open();
        Subtask scaled = Job.on(backend).withSeeds(Directive.load(KEY, loaded)).open()) {
      plain.batch(Batches.of(KEY, 0));
      scaled.batch(Batches.of(KEY, 0));
      scaled.direct(Directive.reset(KEY));
      scaled.batch(Batches.of(KEY, 0));

      float y = plain.normalized().get(0).features().values()[0];
      float expected = Math.fma(y, 2f, 1f);
      for (NormalizedBatch batch : scaled.normalized()) {
        assertThat(Math.abs(batch.features().values()[0] - expected)).isLessThan(1e-6f);
      }
      assertThat(scaled.normalized().get(1).numBatchesTracked()).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void supersededDirectivesLeaveBroadcastState(Backend backend) throws Exception {
    try (Subtask subtask = Job.on(backend).open()) {
      for (int i = 0; i < 50; i++) {
        subtask.direct(Directive.freeze(KEY));
        subtask.direct(Directive.load(KEY, Batches.statistics()));
        subtask.direct(Directive.unfreeze(KEY));
        subtask.direct(Directive.reset(KEY));
      }
      assertThat(subtask.directives()).hasSize(3);

      subtask.direct(Directive.freeze("*"));
      subtask.direct(Directive.load("*", Batches.statistics().withAffine(AFFINE)));

      assertThat(subtask.directives().values())
          .extracting(Directive::command)
          .containsExactly(Directive.Command.FREEZE, Directive.Command.LOAD);
    }
  }

  /** A load of another width takes weight and bias away, even if a third load replaces it. */
  @ParameterizedTest
  @EnumSource(Backend.class)
  void loadThatDropsWeightAndBiasIsNotSuperseded(Backend backend) throws Exception {
    RunningStatistics wide = RunningStatistics.initial(7);
    try (Subtask subtask = Job.on(backend).open()) {
      subtask.direct(Directive.load(KEY, Batches.statistics().withAffine(AFFINE)));
      subtask.batch(Batches.of(KEY, 0));
      subtask.direct(Directive.load(KEY, wide));
      subtask.direct(Directive.load(KEY, Batches.statistics()));
      subtask.batch(Batches.of(KEY, 1));

      RunningStatistics learned = subtask.state(KEY).layer().statistics().orElseThrow();
      assertThat(learned.affine()).isEmpty();
    }
  }
}
