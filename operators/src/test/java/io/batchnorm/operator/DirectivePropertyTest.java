package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Affine;
import io.batchnorm.core.LayerState;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** Any sequence of directives, batches and restores, against {@link EagerModel}. */
class DirectivePropertyTest {
  private static final String[] KEYS = {"a", "b"};
  private static final String LATE = "late";

  /** One thing that happens to the operator. */
  sealed interface Event {}

  record Arrives(FeatureBatch batch) implements Event {}

  record Directs(Directive directive) implements Event {}

  record Restores() implements Event {}

  @Property(tries = 400)
  void actsOnHeapAsIfEveryKeyHadSeenAll(@ForAll("events") List<Event> events) throws Exception {
    actsAsIfEveryKeyHadSeenAll(Job.on(Backend.HASHMAP), events);
  }

  @Property(tries = 60)
  void actsOnRocksdbAsIfEveryKeyHadSeenAll(@ForAll("events") List<Event> events) throws Exception {
    actsAsIfEveryKeyHadSeenAll(Job.on(Backend.ROCKSDB), events);
  }

  private static void actsAsIfEveryKeyHadSeenAll(Job job, List<Event> events) throws Exception {
    EagerModel model = new EagerModel(job);
    Run run = new Run(job);
    try {
      for (Event event : events) {
        run.play(event, model);
      }
      for (String key : new String[] {"a", "b", LATE}) {
        run.play(new Arrives(Batches.ofShape(key, 99, 2, 2)), model);
        assertThat(run.layer(key)).isEqualTo(model.state(key));
      }
      run.checkOutputs(model);
    } finally {
      run.subtask.close();
    }
  }

  /** The operator under test; outputs are compared before it is replaced by a restored one. */
  private static final class Run {
    private final Job job;
    private Subtask subtask;
    private int checkedNormalized;
    private int checkedRejected;

    Run(Job job) throws Exception {
      this.job = job;
      this.subtask = job.open();
    }

    void play(Event event, EagerModel model) throws Exception {
      if (event instanceof Arrives arrives) {
        model.batch(arrives.batch());
        subtask.batch(arrives.batch());
      } else if (event instanceof Directs directs) {
        model.direct(directs.directive());
        subtask.direct(directs.directive());
      } else {
        checkOutputs(model);
        checkedNormalized += subtask.normalized().size();
        checkedRejected += subtask.rejected().size();
        Subtask before = subtask;
        subtask = job.restore(before.checkpoint());
        before.close();
      }
    }

    void checkOutputs(EagerModel model) {
      assertThat(subtask.normalized())
          .isEqualTo(model.normalized().subList(checkedNormalized, model.normalized().size()));
      assertThat(subtask.rejected().stream().map(RejectedRecord::id).toList())
          .isEqualTo(model.rejectedIds().subList(checkedRejected, model.rejectedIds().size()));
    }

    LayerState layer(String key) throws Exception {
      return subtask.state(key) == null ? LayerState.NEW : subtask.state(key).layer();
    }
  }

  @Provide
  Arbitrary<List<Event>> events() {
    return Arbitraries.<Event>frequencyOf(
            Tuple.of(5, batches().map(Arrives::new)),
            Tuple.of(6, directives().map(Directs::new)),
            Tuple.of(1, Arbitraries.just(new Restores())))
        .list()
        .ofMaxSize(30);
  }

  private static Arbitrary<FeatureBatch> batches() {
    Arbitrary<int[]> shapes =
        Arbitraries.of(
            new int[] {2, 2}, new int[] {2, 2}, new int[] {2, 1}, new int[] {1, 2, 3, 1});
    Arbitrary<Boolean> spoiled = Arbitraries.of(true, false, false, false);
    return Combinators.combine(
            Arbitraries.of(KEYS), Arbitraries.integers().between(0, 20), shapes, spoiled)
        .as(
            (key, number, shape, spoil) -> {
              FeatureBatch batch = Batches.ofShape(key, number, shape);
              return spoil ? Batches.spoiled(batch, Float.NaN) : batch;
            });
  }

  private static Arbitrary<Directive> directives() {
    Arbitrary<String> keys = Arbitraries.of("a", "b", LATE, Directive.ALL_KEYS);
    Arbitrary<Long> afterBatches = Arbitraries.of(0L, 0L, 0L, 1L, 2L, 3L);
    Arbitrary<Directive> commands =
        Arbitraries.oneOf(
            Arbitraries.of(Directive.freeze("?"), Directive.unfreeze("?"), Directive.reset("?")),
            statistics().map(loaded -> Directive.load("?", loaded)));
    return Combinators.combine(commands, keys, afterBatches)
        .as((d, key, n) -> new Directive(d.command(), key, n, d.statistics()));
  }

  private static Arbitrary<RunningStatistics> statistics() {
    Arbitrary<Integer> channels = Arbitraries.of(1, 2, 2);
    return Combinators.combine(
            channels, Arbitraries.integers().between(1, 9), Arbitraries.of(0, 1, 2))
        .as(DirectivePropertyTest::statistics);
  }

  private static RunningStatistics statistics(int channels, int number, int affine) {
    double[] mean = new double[channels];
    double[] var = new double[channels];
    float[] weight = new float[channels];
    for (int c = 0; c < channels; c++) {
      mean[c] = 100 + number + c / 3.0;
      var[c] = number / 7.0;
      weight[c] = number + c;
    }
    RunningStatistics plain = RunningStatistics.of(number, 4L * number, mean, var);
    return switch (affine) {
      case 0 -> plain;
      case 1 -> plain.withAffine(Affine.of(weight, null));
      default -> plain.withAffine(Affine.of(null, weight));
    };
  }
}
