package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.Mode;
import io.batchnorm.operator.FollowingModel.Refused;
import io.batchnorm.operator.FollowingModel.Served;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/**
 * Any sequence of records, updates, restores and rescales, against {@link FollowingModel}. After
 * every one of them the numbers in state are those that were published, to the bit: no record ever
 * gets into them.
 */
class FollowingPropertyTest {
  private static final int MANY = 1000;

  /** One thing that happens to the operator. */
  sealed interface Event {}

  record Arrives(String key, int shape, boolean spoiled) implements Event {
    private static final int[][] SHAPES = {{2, 3, 2, 2}, {4, 3}, {2, 4, 2, 2}, {0, 3, 2, 2}};

    FeatureBatch batch(int number) {
      FeatureBatch batch = Batches.ofShape(key, number, SHAPES[shape]);
      return spoiled && shape < 3 ? Batches.spoiled(batch, Float.NaN) : batch;
    }
  }

  record Publishes(KeyStatistics update) implements Event {}

  record Rescales(int parallelism) implements Event {}

  @Property(tries = 300)
  void oneSubtaskKeepsTheOrderWhateverComes(
      @ForAll("events") List<Event> events, @ForAll("alphas") double alpha) throws Exception {
    int hold = 3;
    ServingJob job = ServingJob.on(Backend.HASHMAP).withHold(hold).withAlpha(alpha);
    FollowingModel model = new FollowingModel(hold);
    List<Event> withoutRescales =
        events.stream()
            .map(event -> event instanceof Rescales ? (Event) new Rescales(1) : event)
            .toList();
    try (ServingSubtasks subtasks = played(job, 1, withoutRescales, model)) {
      assertThat(ids(subtasks.normalized())).isEqualTo(servedIds(model));
      assertThat(refused(subtasks)).containsExactlyInAnyOrderElementsOf(model.rejected());
      assertServedBy(subtasks.normalized(), model, alpha);
    }
  }

  @Property(tries = 150)
  void anyNumberOfSubtasksPutsOutTheSame(
      @ForAll("events") List<Event> events, @ForAll("alphas") double alpha) throws Exception {
    ServingJob job = ServingJob.on(Backend.HASHMAP).withHold(MANY).withAlpha(alpha);
    FollowingModel model = new FollowingModel(MANY);
    try (ServingSubtasks subtasks = played(job, 2, events, model)) {
      assertThat(ids(subtasks.normalized())).containsExactlyInAnyOrderElementsOf(servedIds(model));
      assertThat(refused(subtasks)).containsExactlyInAnyOrderElementsOf(model.rejected());
      assertServedBy(subtasks.normalized(), model, alpha);
    }
  }

  @Property(tries = 30)
  void rocksdbMakesNoDifference(@ForAll("events") List<Event> events) throws Exception {
    ServingJob job = ServingJob.on(Backend.ROCKSDB).withHold(MANY);
    FollowingModel model = new FollowingModel(MANY);
    try (ServingSubtasks subtasks = played(job, 2, events, model)) {
      assertThat(refused(subtasks)).containsExactlyInAnyOrderElementsOf(model.rejected());
      assertServedBy(subtasks.normalized(), model, 0);
    }
  }

  private static ServingSubtasks played(
      ServingJob job, int parallelism, List<Event> events, FollowingModel model) throws Exception {
    ServingSubtasks subtasks = ServingSubtasks.of(job, parallelism);
    int number = 0;
    for (Event event : events) {
      if (event instanceof Arrives arrives) {
        FeatureBatch batch = arrives.batch(number++);
        model.batch(batch);
        subtasks.batch(batch);
      } else if (event instanceof Publishes publishes) {
        model.publish(publishes.update());
        subtasks.publish(publishes.update());
      } else if (event instanceof Rescales rescales) {
        subtasks.rescale(rescales.parallelism());
      }
      assertStateIsWhatWasPublished(subtasks, model);
    }
    model.end();
    subtasks.endOfInput();
    return subtasks;
  }

  private static void assertStateIsWhatWasPublished(ServingSubtasks subtasks, FollowingModel model)
      throws Exception {
    Map<String, byte[]> published = new TreeMap<>();
    for (KeyStatistics latest : model.latest().values()) {
      published.put(latest.key(), ServingSubtask.bytes(latest));
    }
    for (ServingSubtask subtask : subtasks.all()) {
      assertThat(subtask.bytes()).usingRecursiveComparison().isEqualTo(published);
    }
  }

  private static List<String> ids(List<NormalizedBatch> batches) {
    return batches.stream().map(batch -> batch.ids().get(0)).toList();
  }

  private static List<String> servedIds(FollowingModel model) {
    return model.normalized().stream().map(served -> served.batch().ids().get(0)).toList();
  }

  private static List<Refused> refused(ServingSubtasks subtasks) {
    return subtasks.rejected().stream()
        .map(rejected -> new Refused(rejected.id(), rejected.reason()))
        .toList();
  }

  private static void assertServedBy(
      List<NormalizedBatch> normalized, FollowingModel model, double alpha) {
    Map<String, NormalizedBatch> byId = new TreeMap<>();
    normalized.forEach(batch -> byId.put(batch.ids().get(0), batch));
    for (Served served : model.normalized()) {
      NormalizedBatch batch = byId.get(served.batch().ids().get(0));
      assertThat(batch.numBatchesTracked()).isEqualTo(served.by().statistics().numBatchesTracked());
      assertThat(batch.mode()).isEqualTo(alpha == 0 ? Mode.EVAL : Mode.ADAPT);
      if (alpha == 0) {
        assertThat(batch.features().values())
            .containsExactly(Published.normalized(served.batch(), served.by().statistics()));
      }
    }
  }

  @Provide
  Arbitrary<Double> alphas() {
    return Arbitraries.of(0.0, 0.5);
  }

  @Provide
  Arbitrary<List<Event>> events() {
    Arbitrary<String> keys = Arbitraries.of("a", "b", "c");
    Arbitrary<Integer> shapes = Arbitraries.of(0, 0, 0, 1, 1, 2, 3);
    Arbitrary<Boolean> spoiled = Arbitraries.of(true, false, false, false);
    Arbitrary<Event> arrives = Combinators.combine(keys, shapes, spoiled).as(Arrives::new);
    Arbitrary<Event> publishes =
        Combinators.combine(keys, Arbitraries.integers().between(0, 9), Arbitraries.of(0, 1, 2, 2))
            .as(FollowingPropertyTest::publishes);
    return Arbitraries.<Event>frequencyOf(
            Tuple.of(8, arrives),
            Tuple.of(4, publishes),
            Tuple.of(1, Arbitraries.of(1, 2, 3).map(Rescales::new)))
        .list()
        .ofMaxSize(40);
  }

  private static Event publishes(String key, int version, int kind) {
    return new Publishes(
        switch (kind) {
          case 0 -> KeyStatistics.forgotten(key, version > 4);
          case 1 -> Published.reset(key, version + 1);
          default -> Published.update(key, version + 1);
        });
  }
}
