package io.batchnorm.operator;

import io.batchnorm.types.BatchPart;
import java.util.Map;
import org.apache.flink.api.common.typeutils.base.StringSerializer;
import org.apache.flink.api.java.functions.KeySelector;
import org.apache.flink.metrics.Metric;
import org.apache.flink.metrics.MetricGroup;
import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.metrics.groups.InternalOperatorMetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingOperatorMetricGroup;
import org.apache.flink.runtime.metrics.util.InterceptingTaskMetricGroup;
import org.apache.flink.runtime.operators.testutils.MockEnvironment;
import org.apache.flink.runtime.operators.testutils.MockEnvironmentBuilder;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.util.AbstractStreamOperatorTestHarness;

/** Flink's harness around an operator keyed by {@link BatchPart#key}, with its metrics. */
final class KeyedHarness<T> extends AbstractStreamOperatorTestHarness<T> {
  /** Key groups, shared by all tests so that any state fits any of them. */
  static final int MAX_PARALLELISM = 12;

  private final Metrics metrics;

  private KeyedHarness(
      StreamOperator<T> operator,
      KeySelector<?, String> byKey,
      MockEnvironment environment,
      Metrics metrics)
      throws Exception {
    super(operator, environment);
    this.metrics = metrics;
    config.setStatePartitioner(0, byKey);
    config.setStateKeySerializer(StringSerializer.INSTANCE);
    config.serializeAllConfigs();
  }

  static <T> KeyedHarness<T> of(StreamOperator<T> operator, int parallelism, int index)
      throws Exception {
    KeySelector<BatchPart, String> byKey = BatchPart::key;
    return of(operator, byKey, parallelism, index);
  }

  static <T> KeyedHarness<T> of(
      StreamOperator<T> operator, KeySelector<?, String> byKey, int parallelism, int index)
      throws Exception {
    Metrics metrics = new Metrics();
    return new KeyedHarness<>(operator, byKey, environment(metrics, parallelism, index), metrics);
  }

  /** Where keyBy sends a key. */
  static int subtaskOf(String key, int parallelism) {
    return KeyGroupRangeAssignment.assignKeyToParallelOperator(key, MAX_PARALLELISM, parallelism);
  }

  /** Of one subtask of a job, for harnesses around operators that are not keyed too. */
  static MockEnvironment environment(Metrics metrics, int parallelism, int index) {
    return new MockEnvironmentBuilder()
        .setTaskName("batchnorm")
        .setManagedMemorySize(3 << 20)
        .setMaxParallelism(MAX_PARALLELISM)
        .setParallelism(parallelism)
        .setSubtaskIndex(index)
        .setMetricGroup(metrics.ofTask())
        .build();
  }

  Metrics metrics() {
    return metrics;
  }

  /** Flink closes only environments that it has made itself, and each has threads. */
  @Override
  public void close() throws Exception {
    super.close();
    getEnvironment().close();
  }

  /** Remembers the operator's metrics by name, those of its subgroup with a dot. */
  static final class Metrics extends InterceptingOperatorMetricGroup {
    private String prefix = "";

    @Override
    public MetricGroup addGroup(String name) {
      prefix = name + ".";
      return this;
    }

    /** Its superclass calls this from its constructor too, before there is a prefix. */
    @Override
    protected void addMetric(String name, Metric metric) {
      super.addMetric(prefix == null ? name : prefix + name, metric);
    }

    private InterceptingTaskMetricGroup ofTask() {
      Metrics operator = this;
      return new InterceptingTaskMetricGroup() {
        @Override
        public InternalOperatorMetricGroup getOrAddOperator(
            OperatorID id, String name, Map<String, String> additionalVariables) {
          return operator;
        }
      };
    }
  }
}
