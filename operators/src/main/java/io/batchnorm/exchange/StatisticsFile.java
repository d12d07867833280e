package io.batchnorm.exchange;

import io.batchnorm.core.Affine;
import io.batchnorm.core.BatchNormConfig;
import io.batchnorm.core.RunningStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
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
 * float64.KEY              F64 (2,C) optional: mean and variance before they were rounded
 * </pre>
 *
 * <p>{@code float64.KEY} counts where its rounded numbers are those of the key; who changes the
 * latter need not know of it. The metadata may have an entry {@code batchnorm.keys} of {@link
 * KeyNote}s. Other tensors, such as the weights of convolutions, are ignored and counted.
 *
 * <p>On reading, F16, BF16 and F64 are accepted in place of F32, and shape (1) in place of (). The
 * running variance may be infinite, as PyTorch's own float32 overflow leaves it; NaN and negative
 * ones are refused.
 */
public final class StatisticsFile {
  static final String MEAN = ".running_mean";
  static final String VAR = ".running_var";
  static final String BATCHES = ".num_batches_tracked";
  static final String WEIGHT = ".weight";
  static final String BIAS = ".bias";
  static final String COUNT = ".count";

  /** Stands before the key, so that what starts with the key is what PyTorch knows. */
  static final String FLOAT64 = "float64.";

  private final SortedMap<String, RunningStatistics> byKey;
  private final SortedMap<String, KeyNote> notes;
  private final int ignoredTensors;
  private final Map<String, String> metadata;

  private StatisticsFile(
      SortedMap<String, RunningStatistics> byKey,
      SortedMap<String, KeyNote> notes,
      int ignoredTensors,
      Map<String, String> metadata) {
    this.byKey = byKey;
    this.notes = notes;
    this.ignoredTensors = ignoredTensors;
    this.metadata = metadata;
  }

  /** Statistics by key, in order of the keys. */
  public SortedMap<String, RunningStatistics> byKey() {
    return Collections.unmodifiableSortedMap(byKey);
  }

  /** What else is known of a key; {@link KeyNote#NONE} if nothing. */
  public KeyNote note(String key) {
    return notes.getOrDefault(key, KeyNote.NONE);
  }

  /** The notes of all keys that have one. */
  public SortedMap<String, KeyNote> notes() {
    return Collections.unmodifiableSortedMap(notes);
  }

  /** The file's {@code __metadata__} without the notes, empty if it has none. */
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
      Map<String, String> metadata = new TreeMap<>(file.metadata());
      String text = metadata.remove(KeyNotes.ENTRY);
      SortedMap<String, KeyNote> notes =
          text == null ? new TreeMap<>() : KeyNotes.parse(text, path.toString());
      notes.keySet().retainAll(byKey.keySet());
      int ignored = file.tensors().size() - used;
      return new StatisticsFile(byKey, notes, ignored, Map.copyOf(metadata));
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
    StatisticsFileWriter writer = StatisticsFileWriter.of(byKey).withMetadata(metadata);
    (withCount ? writer.withCounts() : writer).write(path);
  }

  /** What {@code __metadata__} says of statistics that were learned by {@code config}. */
  public static Map<String, String> metadata(BatchNormConfig config) {
    Map<String, String> metadata = new TreeMap<>(config.asText());
    metadata.put("format", "pt");
    metadata.put("version", "2");
    return metadata;
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
      double[] mean = required(MEAN);
      if (mean.length == 0) {
        throw fault(MEAN, "has no channels, expected 1 or more");
      }
      double[] var = required(VAR);
      checkLength(VAR, var.length, mean.length);
      checkMean(mean);
      checkVar(var);
      long batches = number(BATCHES, 0);
      long count = number(COUNT, RunningStatistics.UNKNOWN_COUNT);
      RunningStatistics statistics =
          unrounded(RunningStatistics.of(batches, count, mean, var), batches, count);
      float[] weight = optional(WEIGHT, mean.length);
      float[] bias = optional(BIAS, mean.length);
      return weight == null && bias == null
          ? statistics
          : statistics.withAffine(Affine.of(weight, bias));
    }

    /** The statistics before they were rounded, if the file has them and nobody changed these. */
    private RunningStatistics unrounded(RunningStatistics rounded, long batches, long count)
        throws IOException {
      int channels = rounded.numFeatures();
      TensorInfo info = file.tensors().get(FLOAT64 + key);
      if (info == null
          || info.dtype() != DType.F64
          || !Arrays.equals(info.shape(), new long[] {2, channels})) {
        return rounded;
      }
      used++;
      double[] rows = file.tensor(FLOAT64 + key).asDoubles();
      double[] mean = Arrays.copyOfRange(rows, 0, channels);
      double[] var = Arrays.copyOfRange(rows, channels, 2 * channels);
      if (!roundTo(rounded.means(), mean) || !roundTo(rounded.vars(), var)) {
        return rounded;
      }
      return RunningStatistics.of(batches, count, mean, var);
    }

    private static boolean roundTo(double[] rounded, double[] values) {
      for (int c = 0; c < values.length; c++) {
        if (Double.compare((float) values[c], rounded[c]) != 0) {
          return false;
        }
      }
      return true;
    }

    private double[] required(String suffix) throws IOException {
      if (!file.tensors().containsKey(key + suffix)) {
        throw fault(suffix, "is missing, expected one beside the other tensors of its layer");
      }
      return vector(suffix).asDoubles();
    }

    private float[] optional(String suffix, int channels) throws IOException {
      if (!file.tensors().containsKey(key + suffix)) {
        return null;
      }
      float[] values = vector(suffix).asFloats();
      checkLength(suffix, values.length, channels);
      for (int c = 0; c < values.length; c++) {
        if (!Float.isFinite(values[c])) {
          throw fault(suffix, "has %s in channel %d, expected finite".formatted(values[c], c));
        }
      }
      return values;
    }

    private Tensor vector(String suffix) throws IOException {
      Tensor tensor = file.tensor(key + suffix);
      used++;
      if (tensor.shape().length != 1) {
        throw fault(
            suffix, "has shape %s, expected (channels)".formatted(Shapes.text(tensor.shape())));
      }
      return tensor;
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

    private void checkLength(String suffix, int length, int channels) throws ExchangeException {
      if (length != channels) {
        throw fault(
            suffix, "has %d channels, expected the %d of running_mean".formatted(length, channels));
      }
    }

    private void checkMean(double[] mean) throws ExchangeException {
      for (int c = 0; c < mean.length; c++) {
        if (!Double.isFinite(mean[c])) {
          throw fault(MEAN, "has %s in channel %d, expected finite".formatted(mean[c], c));
        }
      }
    }

    private void checkVar(double[] var) throws ExchangeException {
      for (int c = 0; c < var.length; c++) {
        if (!(var[c] >= 0)) {
          throw fault(VAR, "has %s in channel %d, expected 0 or more".formatted(var[c], c));
        }
      }
    }

    private ExchangeException fault(String suffix, String sentence) {
      return ExchangeException.malformed(
          path, "tensor \"%s\" %s".formatted(key + suffix, sentence));
    }
  }
}
