package io.batchnorm.exchange;

import io.batchnorm.core.Affine;
import io.batchnorm.core.RunningStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Running statistics of many keys in one safetensors file, under the names that a PyTorch model's
 * own {@code state_dict} gives them: the key of a layer is its module path.
 *
 * <pre>
 * KEY.running_mean         F32 (C)
 * KEY.running_var          F32 (C)
 * KEY.num_batches_tracked  I64 ()    0 if missing, as before PyTorch 0.4.1
 * KEY.weight, KEY.bias     F32 (C)   optional
 * KEY.count                I64 ()    optional: values per channel, which PyTorch ignores
 * </pre>
 *
 * <p>Other tensors, such as the weights of convolutions, are ignored and counted. On reading, F16,
 * BF16 and F64 are accepted in place of F32, and shape (1) in place of (). The running variance may
 * be infinite, as PyTorch's own float32 overflow leaves it; NaN and negative ones are refused.
 */
public final class StatisticsFile {
  private static final String MEAN = ".running_mean";
  private static final String VAR = ".running_var";
  private static final String BATCHES = ".num_batches_tracked";
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";
  private static final String COUNT = ".count";

  private final SortedMap<String, RunningStatistics> byKey;
  private final int ignoredTensors;
  private final Map<String, String> metadata;

  private StatisticsFile(
      SortedMap<String, RunningStatistics> byKey,
      int ignoredTensors,
      Map<String, String> metadata) {
    this.byKey = byKey;
    this.ignoredTensors = ignoredTensors;
    this.metadata = metadata;
  }

  /** Statistics by key, in order of the keys. */
  public SortedMap<String, RunningStatistics> byKey() {
    return Collections.unmodifiableSortedMap(byKey);
  }

  /** The file's {@code __metadata__}, empty if it has none. */
  public Map<String, String> metadata() {
    return metadata;
  }

  /** How many tensors of the file belong to no batch norm layer. */
  public int ignoredTensors() {
    return ignoredTensors;
  }

  /**
   * Reads the statistics of all keys.
   *
   * @throws ExchangeException if the file is no safetensors file, or names the tensor that is
   *     missing, has a wrong shape or type, or numbers that are no statistics
   * @throws IOException if it cannot be read at all
   */
  public static StatisticsFile read(Path path) throws IOException {
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      SortedMap<String, RunningStatistics> byKey = new TreeMap<>();
      int used = 0;
      for (String name : file.tensors().keySet()) {
        String key = keyOf(name);
        if (key != null && !byKey.containsKey(key)) {
          LayerTensors layer = new LayerTensors(file, path.toString(), key);
          byKey.put(key, layer.statistics());
          used += layer.used();
        }
      }
      return new StatisticsFile(byKey, file.tensors().size() - used, Map.copyOf(file.metadata()));
    }
  }

  /** The key of a tensor that only a batch norm layer has; null for any other. */
  private static String keyOf(String name) {
    for (String suffix : new String[] {MEAN, VAR, BATCHES}) {
      if (name.endsWith(suffix) && name.length() > suffix.length()) {
        return name.substring(0, name.length() - suffix.length());
      }
    }
    return null;
  }

  /**
   * Replaces {@code path} by a file with these statistics, at once or not at all.
   *
   * @param withCount whether to write known counts, which population statistics need to go on
   * @param metadata goes to {@code __metadata__}
   * @throws IOException if it cannot be written
   */
  public static void write(
      Path path,
      Map<String, RunningStatistics> byKey,
      boolean withCount,
      Map<String, String> metadata)
      throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    byKey.forEach((key, statistics) -> put(tensors, key, statistics, withCount));
    AtomicFile.write(path, out -> SafetensorsWriter.write(out, new Safetensors(tensors, metadata)));
  }

  private static void put(
      Map<String, Tensor> tensors, String key, RunningStatistics statistics, boolean withCount) {
    tensors.put(key + MEAN, Tensor.ofVector(statistics.meanAsFloats()));
    tensors.put(key + VAR, Tensor.ofVector(statistics.varAsFloats()));
    tensors.put(key + BATCHES, Tensor.ofLong(statistics.numBatchesTracked()));
    if (withCount && statistics.count() != RunningStatistics.UNKNOWN_COUNT) {
      tensors.put(key + COUNT, Tensor.ofLong(statistics.count()));
    }
    statistics.affine().ifPresent(affine -> put(tensors, key, affine));
  }

  private static void put(Map<String, Tensor> tensors, String key, Affine affine) {
    if (affine.hasWeight()) {
      tensors.put(key + WEIGHT, Tensor.ofVector(affine.weights()));
    }
    if (affine.hasBias()) {
      tensors.put(key + BIAS, Tensor.ofVector(affine.biases()));
    }
  }

  /** The tensors of one key, checked. */
  private static final class LayerTensors {
    private final SafetensorsFile file;
    private final String path;
    private final String key;
    private int used;

    LayerTensors(SafetensorsFile file, String path, String key) {
      this.file = file;
      this.path = path;
      this.key = key;
    }

    int used() {
      return used;
    }

    RunningStatistics statistics() throws IOException {
      float[] mean = required(MEAN);
      float[] var = required(VAR);
      checkLength(VAR, var, mean.length);
      checkMean(mean);
      checkVar(var);
      long batches = number(BATCHES, 0);
      long count = number(COUNT, RunningStatistics.UNKNOWN_COUNT);
      RunningStatistics statistics =
          RunningStatistics.of(batches, count, widened(mean), widened(var));
      float[] weight = optional(WEIGHT, mean.length);
      float[] bias = optional(BIAS, mean.length);
      return weight == null && bias == null
          ? statistics
          : statistics.withAffine(Affine.of(weight, bias));
    }

    private float[] required(String suffix) throws IOException {
      if (!file.tensors().containsKey(key + suffix)) {
        throw fault(suffix, "is missing, expected one beside the other tensors of its layer");
      }
      return vector(suffix);
    }

    private float[] optional(String suffix, int channels) throws IOException {
      if (!file.tensors().containsKey(key + suffix)) {
        return null;
      }
      float[] values = vector(suffix);
      checkLength(suffix, values, channels);
      for (int c = 0; c < values.length; c++) {
        if (!Float.isFinite(values[c])) {
          throw fault(suffix, "has %s in channel %d, expected finite".formatted(values[c], c));
        }
      }
      return values;
    }

    private float[] vector(String suffix) throws IOException {
      Tensor tensor = file.tensor(key + suffix);
      used++;
      if (tensor.shape().length != 1) {
        throw fault(
            suffix, "has shape %s, expected (channels)".formatted(Shapes.text(tensor.shape())));
      }
      return tensor.asFloats();
    }

    private long number(String suffix, long missing) throws IOException {
      if (!file.tensors().containsKey(key + suffix)) {
        return missing;
      }
      used++;
      long value = file.tensor(key + suffix).asLong();
      if (value < 0 || value > RunningStatistics.MAX_BATCHES) {
        throw fault(suffix, "is %d, expected 0 to 2^62".formatted(value));
      }
      return value;
    }

    private void checkLength(String suffix, float[] values, int channels) throws ExchangeException {
      if (values.length != channels) {
        throw fault(
            suffix,
            "has %d channels, expected the %d of running_mean".formatted(values.length, channels));
      }
    }

    private void checkMean(float[] mean) throws ExchangeException {
      for (int c = 0; c < mean.length; c++) {
        if (!Float.isFinite(mean[c])) {
          throw fault(MEAN, "has %s in channel %d, expected finite".formatted(mean[c], c));
        }
      }
    }

    private void checkVar(float[] var) throws ExchangeException {
      for (int c = 0; c < var.length; c++) {
        if (!(var[c] >= 0)) {
          throw fault(VAR, "has %s in channel %d, expected 0 or more".formatted(var[c], c));
        }
      }
    }

    private static double[] widened(float[] values) {
      double[] doubles = new double[values.length];
      for (int i = 0; i < values.length; i++) {
        doubles[i] = values[i];
      }
      return doubles;
    }

    private ExchangeException fault(String suffix, String sentence) {
      return ExchangeException.malformed(
          path, "tensor \"%s\" %s".formatted(key + suffix, sentence));
    }
  }
}
