package io.batchnorm.benchmarks.pipeline;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.state.ListState;
import org.apache.flink.api.common.state.ListStateDescriptor;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.functions.KeyedProcessFunction;
import org.apache.flink.util.Collector;

/** Batch norm as one writes it first: Flink's own serializers, double loops, channel by channel. */
final class Naive {
  private static final double EPS = 1e-5;
  private static final double MOMENTUM = 0.1;

  private Naive() {}

  /** Of the kind that Flink has a serializer for. */
  public static final class Batch {
    public String key;
    public String id;
    public int[] shape;
    public float[] values;

    static Batch of(String key, String id, int[] shape, float[] values) {
      Batch batch = new Batch();
      batch.key = key;
      batch.id = id;
      batch.shape = shape;
      batch.values = values;
      return batch;
    }
  }

  /** Normalizes batches. */
  static final class Train extends KeyedProcessFunction<String, Batch, Batch> {
    private static final long serialVersionUID = 1L;

    private transient ValueState<double[]> running;

    @Override
    public void open(OpenContext context) {
      running = running(this);
    }

    @Override
    public void processElement(Batch batch, Context ctx, Collector<Batch> out) throws Exception {
      out.collect(Batch.of(batch.key, batch.id, batch.shape, normalized(batch, running)));
    }
  }

  /** Collects samples, normalizes them together, and hands them on one by one. */
  static final class Sensors extends KeyedProcessFunction<String, Batch, Batch> {
    private static final long serialVersionUID = 1L;

    private transient ValueState<double[]> running;
    private transient ListState<Batch> waiting;
    private transient ValueState<Integer> count;

    @Override
    public void open(OpenContext context) {
      running = running(this);
      waiting = getRuntimeContext().getListState(new ListStateDescriptor<>("waiting", Batch.class));
      count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Integer.class));
    }

    @Override
    public void processElement(Batch sample, Context ctx, Collector<Batch> out) throws Exception {
      waiting.add(sample);
      int samples = (count.value() == null ? 0 : count.value()) + 1;
      if (samples < Settings.MICRO_BATCH) {
        count.update(samples);
        return;
      }
      List<Batch> batch = new ArrayList<>();
      waiting.get().forEach(batch::add);
      waiting.clear();
      count.clear();
      emit(batch, normalized(stacked(batch), running), out);
    }

    private static Batch stacked(List<Batch> samples) {
      Batch first = samples.get(0);
      int size = first.values.length;
      int[] shape = first.shape.clone();
      shape[0] = samples.size();
      float[] values = new float[samples.size() * size];
      for (int n = 0; n < samples.size(); n++) {
        System.arraycopy(samples.get(n).values, 0, values, n * size, size);
      }
      return Batch.of(first.key, first.id, shape, values);
    }

    private static void emit(List<Batch> samples, float[] values, Collector<Batch> out) {
      int size = samples.get(0).values.length;
      for (int n = 0; n < samples.size(); n++) {
        Batch sample = samples.get(n);
        float[] own = Arrays.copyOfRange(values, n * size, (n + 1) * size);
        out.collect(Batch.of(sample.key, sample.id, sample.shape, own));
      }
    }
  }

  private static ValueState<double[]> running(KeyedProcessFunction<?, ?, ?> function) {
    return function
        .getRuntimeContext()
        .getState(new ValueStateDescriptor<>("running", double[].class));
  }

  /**
   * @param running means, and then variances
   */
  private static float[] normalized(Batch batch, ValueState<double[]> running) throws Exception {
    float[] x = batch.values;
    int samples = batch.shape[0];
    int channels = batch.shape[1];
    int plane = x.length / samples / channels;
    double[] statistics = running.value();
    if (statistics == null) {
      statistics = new double[2 * channels];
      Arrays.fill(statistics, channels, 2 * channels, 1);
    }
    float[] y = new float[x.length];
    for (int c = 0; c < channels; c++) {
      double sum = 0;
      for (int n = 0; n < samples; n++) {
        for (int i = 0; i < plane; i++) {
          sum += x[(n * channels + c) * plane + i];
        }
      }
      double count = (double) samples * plane;
      double mean = sum / count;
      double m2 = 0;
      for (int n = 0; n < samples; n++) {
        for (int i = 0; i < plane; i++) {
          double d = x[(n * channels + c) * plane + i] - mean;
          m2 += d * d;
        }
      }
      double invStd = 1 / Math.sqrt(m2 / count + EPS);
      for (int n = 0; n < samples; n++) {
        for (int i = 0; i < plane; i++) {
          int at = (n * channels + c) * plane + i;
          y[at] = (float) ((x[at] - mean) * invStd);
        }
      }
      statistics[c] += MOMENTUM * (mean - statistics[c]);
      statistics[channels + c] += MOMENTUM * (m2 / (count - 1) - statistics[channels + c]);
    }
    running.update(statistics);
    return y;
  }
}
