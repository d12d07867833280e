package io.batchnorm.operator;

import static org.assertj.core.api.Assertions.assertThat;

import io.batchnorm.core.RejectionReason;
import io.batchnorm.types.BatchNormTypes;
import io.batchnorm.types.FeatureBatch;
import io.batchnorm.types.KeyStatistics;
import io.batchnorm.types.NormalizedBatch;
import io.batchnorm.types.RejectedRecord;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.typeinfo.Types;
import org.apache.flink.api.java.tuple.Tuple2;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.apache.flink.util.CloseableIterator;
import org.apache.flink.util.Collector;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Statistics change under load on two subtasks, and the job fails on the way, behind a checkpoint
 * in which records wait. Every output is still that of one published version of its key, namely the
 * one that it names.
 */
@Timeout(120)
class HotSwapTest {
  @RegisterExtension static final MiniClusterExtension CLUSTER = TestCluster.extension();

  private static final int BATCHES = 400;
  private static final int PER_VERSION = 10;
  private static final int PARTS = 4;

  /** Its first version comes after the second part and before the failure. */
  private static final String LATE = "k8";

  private static final int LATE_FROM = 240;

  /** No version of it ever comes. */
  private static final String NEVER = "k9";

  /** In the third of the four parts. */
  private static final String FAILS_AT = "camera/290";

  /** By subtask, in order of output; each id exactly once if the job keeps its promise. */
  private record Served(
      Map<Integer, List<NormalizedBatch>> bySubtask, List<RejectedRecord> rejected) {

    static Served of(StreamExecutionEnvironment env, ServedStream stream) throws Exception {
      DataStream<Tuple2<Integer, NormalizedBatch>> tagged =
          stream
              .normalized()
              .map(new Tagging())
              .returns(Types.TUPLE(Types.INT, BatchNormTypes.NORMALIZED_BATCH));
      try (CloseableIterator<Tuple2<Integer, NormalizedBatch>> normalized = tagged.collectAsync();
          CloseableIterator<RejectedRecord> rejected = stream.rejected().collectAsync()) {
        env.executeAsync();
        Map<Integer, List<NormalizedBatch>> bySubtask =
            list(normalized).stream()
                .collect(
                    Collectors.groupingBy(
                        tuple -> tuple.f0,
                        Collectors.mapping(tuple -> tuple.f1, Collectors.toList())));
        return new Served(bySubtask, list(rejected));
      }
    }

    private static <T> List<T> list(CloseableIterator<T> records) {
      List<T> list = new ArrayList<>();
      records.forEachRemaining(list::add);
      return list;
    }

    Stream<NormalizedBatch> normalized() {
      return bySubtask.values().stream().flatMap(List::stream);
    }
  }

  /** Notes the subtask, which is that of the serving operator it is chained to. */
  private static final class Tagging
      extends RichMapFunction<NormalizedBatch, Tuple2<Integer, NormalizedBatch>> {
    private static final long serialVersionUID = 1L;

    @Override
    public Tuple2<Integer, NormalizedBatch> map(NormalizedBatch batch) {
      if (batch.ids().contains(FAILS_AT)) {
        HaltingSource.witness.failOnce();
      }
      return Tuple2.of(getRuntimeContext().getTaskInfo().getIndexOfThisSubtask(), batch);
    }
  }

  private static int number(FeatureBatch batch) {
    return Integer.parseInt(batch.ids().get(0).replaceFirst(".*/", ""));
  }

  /** A new version of a key before every so many of its records. */
  private static void publish(FeatureBatch next, Collector<KeyStatistics> out) {
    int number = number(next);
    boolean comes = !next.key().equals(NEVER) && (!next.key().equals(LATE) || number >= LATE_FROM);
    if (comes && number % PER_VERSION == 0) {
      out.collect(Published.update(next.key(), number / PER_VERSION + 1));
    }
  }

  private static ServedStream serving(StreamExecutionEnvironment env) {
    DataStream<FeatureBatch> source =
        env.addSource(
            new HaltingSource(Batches.KEYS.size(), BATCHES, PARTS),
            "halting",
            BatchNormTypes.FEATURE_BATCH);
    // On two subtasks, so that versions overtake one another on their way.
    DataStream<KeyStatistics> updates =
        source.flatMap(HotSwapTest::publish).returns(BatchNormTypes.KEY_STATISTICS);
    return BatchNormServing.of(source.shuffle(), Map.of())
        .following(updates)
        // All may wait: nothing makes the updates arrive before the last record.
        .hold(Batches.KEYS.size() * BATCHES)
        .apply();
  }

  @ParameterizedTest
  @EnumSource(Backend.class)
  void everyOutputIsThatOfTheVersionItNames(Backend backend) throws Exception {
    HaltingSource.Witness witness = new HaltingSource.Witness();
    HaltingSource.witness = witness;
    StreamExecutionEnvironment env = TestCluster.environment(TestCluster.recovering(backend), 2);
    // Else all updates of a hundred milliseconds arrive at once, and few versions serve anything.
    env.setBufferTimeout(0);

    Served served = Served.of(env, serving(env));

    assertThat(witness.failed).isTrue();
    assertThat(witness.restoredAt).hasValueGreaterThanOrEqualTo(Batches.KEYS.size() * BATCHES / 2);
    assertThat(served.bySubtask()).containsOnlyKeys(0, 1);
    assertEveryIdOnce(served);
    served.normalized().forEach(HotSwapTest::assertIsThatOfItsVersion);
    served.bySubtask().values().forEach(HotSwapTest::assertVersionsNeverGoBack);
    assertManyVersionsServed(served);
  }

  private static void assertEveryIdOnce(Served served) {
    List<String> normalized =
        Batches.KEYS.stream().filter(key -> !key.equals(NEVER)).flatMap(HotSwapTest::ids).toList();
    assertThat(served.normalized().map(batch -> batch.ids().get(0)))
        .containsExactlyInAnyOrderElementsOf(normalized);
    assertThat(served.rejected())
        .extracting(RejectedRecord::id)
        .containsExactlyInAnyOrderElementsOf(ids(NEVER).toList());
    assertThat(served.rejected())
        .extracting(RejectedRecord::reason)
        .containsOnly(RejectionReason.STATISTICS_NOT_ARRIVED);
  }

  private static Stream<String> ids(String key) {
    return IntStream.range(0, BATCHES).mapToObj(number -> key + "/" + number);
  }

  private static void assertIsThatOfItsVersion(NormalizedBatch batch) {
    int number = Integer.parseInt(batch.ids().get(0).replaceFirst(".*/", ""));
    FeatureBatch x = Batches.of(batch.key(), number);
    int named = Math.toIntExact(batch.numBatchesTracked());
    int first = batch.key().equals(LATE) ? LATE_FROM / PER_VERSION + 1 : 1;

    assertThat(named).isBetween(first, BATCHES / PER_VERSION);
    assertThat(batch).isEqualTo(Published.served(x, named));
    assertThat(batch.features()).isNotEqualTo(Published.served(x, named + 1).features());
    assertThat(batch.features()).isNotEqualTo(Published.served(x, named - 1).features());
  }

  private static void assertVersionsNeverGoBack(List<NormalizedBatch> ofSubtask) {
    Map<String, List<Long>> versions =
        ofSubtask.stream()
            .collect(
                Collectors.groupingBy(
                    NormalizedBatch::key,
                    Collectors.mapping(NormalizedBatch::numBatchesTracked, Collectors.toList())));
    assertThat(versions).hasSize(Batches.KEYS.size() - 1);
    assertThat(versions.values())
        .allSatisfy(inOrder -> assertThat(inOrder).isSortedAccordingTo(Comparator.naturalOrder()));
  }

  /**
   * The first part is over before any version of the second comes, and the third comes when all of
   * the second are there. Of the late key all may wait for one.
   */
  private static void assertManyVersionsServed(Served served) {
    Map<String, Set<Long>> versions =
        served
            .normalized()
            .collect(
                Collectors.groupingBy(
                    NormalizedBatch::key,
                    Collectors.mapping(NormalizedBatch::numBatchesTracked, Collectors.toSet())));
    assertThat(versions.values())
        .allSatisfy(ofKey -> assertThat(ofKey).hasSizeGreaterThanOrEqualTo(2));
  }
}
