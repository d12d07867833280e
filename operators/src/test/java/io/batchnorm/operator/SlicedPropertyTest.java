package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Affine;
import io.batchnorm.core.Averaging;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.Mode;
import io.batchnorm.core.NonFinite;
import io.batchnorm.core.RunningStatistics;
import io.batchnorm.core.UnknownKey;
import io.batchnorm.types.Directive;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * Any stream, sliced in any way, at any parallelism, restored at any moment with records on their
 * way: what comes out is what whole layers put out, to the bit.
 */
class SlicedPropertyTest {
  private static final List<String> KEYS = List.of("a", "b", "c\0" + "1");
  private static final int[][] SHAPES = {
    {2, 5, 2},
    {2, 5, 2},
    {2, 5},
    {3, 5, 1},
    {2, 8, 2},
    {2, 3, 2},
    {1, 5, 1},
    {0, 5, 2},
    {1, 5, 2, 2},
    {2, 0, 3},
    {2, 12}
  };

  private static int onTheWay;
  private static int rejected;
  private static int frozen;

  /** Random stories could have had none of these. */
  @AfterContainer
  static void recordsWereOnTheirWayAndSomeWereRejectedAndSomeFrozen() {
    assertThat(onTheWay).isPositive();
    assertThat(rejected).isPositive();
    assertThat(frozen).isPositive();
  }

  @Provide
  Arbitrary<Long> seeds() {
    return Arbitraries.longs();
  }

  @Property(tries = 100)
  void slicesOnHeapAreWholeLayers(@ForAll("seeds") long seed) throws Exception {
    slicesAreWholeLayers(Backend.HASHMAP, new Random(seed));
  }

  @Property(tries = 8)
  void slicesOnRocksdbAreWholeLayers(@ForAll("seeds") long seed) throws Exception {
    slicesAreWholeLayers(Backend.ROCKSDB, new Random(seed));
  }

  private static void slicesAreWholeLayers(Backend backend, Random random) throws Exception {
    Job job = job(backend, random);
    int width = List.of(1, 2, 3, 5, 7, 100).get(random.nextInt(6));
    List<FeatureBatch> batches = batches(random);
    try (Subtask whole = job.open();
        SlicedRun sliced = new SlicedRun(job, width, 1 + random.nextInt(4), random)) {
      for (FeatureBatch batch : batches) {
        whole.batch(batch);
        sliced.batch(batch);
        sliced.deliver(random.nextInt(6));
        if (random.nextInt(8) == 0) {
          sliced.restore(1 + random.nextInt(4), 1 + random.nextInt(4));
        }
      }
      whole.endOfInput();
      sliced.endOfInput();
      assertSame(job, batches, whole, sliced);
      onTheWay += sliced.mostOnTheWay();
      rejected += whole.rejected().size();
      frozen += (int) whole.normalized().stream().filter(y -> y.mode() == Mode.EVAL).count();
    }
  }

  private static void assertSame(
      Job job, List<FeatureBatch> batches, Subtask whole, SlicedRun sliced) {
    EagerModel model = new EagerModel(job);
    batches.stream().filter(batch -> !batch.key().equals("*")).forEach(model::batch);
    for (String key : KEYS) {
      assertThat(sliced.normalized(key))
          .isEqualTo(model.normalized().stream().filter(y -> y.key().equals(key)).toList());
      assertThat(sliced.statistics(key))
          .isEqualTo(whole.statistics().stream().filter(s -> s.key().equals(key)).toList());
    }
    assertThat(sliced.rejected()).containsExactlyInAnyOrderElementsOf(whole.rejected());
    assertThat(sliced.rejected())
        .extracting(RejectedRecord::id)
        .filteredOn(id -> !id.startsWith("*"))
        .containsExactlyInAnyOrderElementsOf(model.rejectedIds());
  }

  private static Job job(Backend backend, Random random) {
    Averaging averaging =
        List.of(
                Averaging.DEFAULT,
                Averaging.exponential(0),
                Averaging.cumulative(),
                Averaging.population())
            .get(random.nextInt(4));
    BatchNormConfig config =
        BatchNormConfig.builder()
            .averaging(averaging)
            .affine(random.nextBoolean())
            .trackRunningStatistics(random.nextInt(8) > 0)
            .nonFinite(random.nextInt(4) == 0 ? NonFinite.PROPAGATE : NonFinite.REJECT)
            .unknownKey(random.nextInt(4) == 0 ? UnknownKey.INITIAL : UnknownKey.REJECT)
            .build();
    List<Directive> seeds = new ArrayList<>();
    for (int i = random.nextInt(7); i > 0; i--) {
      seeds.add(directive(random, i));
    }
    return Job.on(backend)
        .withoutControl()
        .withConfig(config)
        .withMode(random.nextInt(6) == 0 ? Mode.EVAL : Mode.TRAIN)
        .withSeeds(seeds.toArray(Directive[]::new))
        .withStatisticsEvery(random.nextInt(4));
  }

  private static Directive directive(Random random, int number) {
    String key = random.nextInt(3) == 0 ? "*" : KEYS.get(random.nextInt(KEYS.size()));
    Directive directive =
        switch (random.nextInt(5)) {
          case 0 -> Directive.freeze(key);
          case 1 -> Directive.unfreeze(key);
          case 2 -> Directive.reset(key);
          default -> Directive.load(key, statistics(random, number));
        };
    return directive.afterBatches(random.nextInt(6));
  }

  private static RunningStatistics statistics(Random random, int number) {
    int channels = List.of(5, 5, 5, 8, 3, 2).get(random.nextInt(6));
    double[] mean = new double[channels];
    double[] var = new double[channels];
    float[] weight = new float[channels];
    for (int c = 0; c < channels; c++) {
      mean[c] = 100 + number + c / 3.0;
      var[c] = number / 7.0 + c;
      weight[c] = number + c;
    }
    long count = random.nextInt(3) == 0 ? RunningStatistics.UNKNOWN_COUNT : 4L * number;
    RunningStatistics plain = RunningStatistics.of(random.nextInt(3), count, mean, var);
    return switch (random.nextInt(4)) {
      case 0 -> plain.withAffine(Affine.of(weight, null));
      case 1 -> plain.withAffine(Affine.of(null, weight));
      case 2 -> plain.withAffine(Affine.of(weight, weight));
      default -> plain;
    };
  }

  private static List<FeatureBatch> batches(Random random) {
    List<FeatureBatch> batches = new ArrayList<>();
    for (int number = 0; number < 20; number++) {
      String key = KEYS.get(random.nextInt(KEYS.size()));
      int[] shape = SHAPES[random.nextInt(3) > 0 ? 0 : random.nextInt(SHAPES.length)];
      FeatureBatch batch = Batches.ofShape(key, number, shape);
      boolean spoil = random.nextInt(7) == 0 && batch.features().values().length > 0;
      batches.add(spoil ? Batches.spoiled(batch, Float.NaN) : batch);
    }
    batches.add(Batches.of("*", 0));
    return batches;
  }
}
