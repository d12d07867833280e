package io.batchnorm.exchange;

import io.batchnorm.core.Affine;
import io.batchnorm.core.RunningStatistics;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Writes a {@link StatisticsFile}: what PyTorch holds, and what else is asked for.
 *
 * <pre>{@code
 * StatisticsFileWriter.of(byKey).withMetadata(StatisticsFile.metadata(config)).write(path);
 * }</pre>
 */
public final class StatisticsFileWriter {
  private final Map<String, RunningStatistics> byKey;
  private Map<String, KeyNote> notes = Map.of();
  private Map<String, String> metadata = Map.of();
  private boolean counts;
  private boolean exact;

  private StatisticsFileWriter(Map<String, RunningStatistics> byKey) {
    this.byKey = byKey;
  }

  /** A file of these statistics, means and variances rounded to float32. */
  public static StatisticsFileWriter of(Map<String, RunningStatistics> byKey) {
    return new StatisticsFileWriter(byKey);
  }

  /** Also writes counts that are known, which population statistics need to go on. */
  public StatisticsFileWriter withCounts() {
    counts = true;
    return this;
  }

  /** Also writes the means and variances in float64 that float32 does not hold exactly. */
  public StatisticsFileWriter withFloat64() {
    exact = true;
    return this;
  }

  /** Also writes what else is known of keys. */
  public StatisticsFileWriter withNotes(Map<String, KeyNote> notesByKey) {
    notes = notesByKey;
    return this;
  }

  /** Also writes {@code __metadata__}. */
  public StatisticsFileWriter withMetadata(Map<String, String> entries) {
    metadata = entries;
    return this;
  }

  /**
   * Replaces {@code path}, at once or not at all.
   *
   * @throws IOException if it cannot be written
   */
  public void write(Path path) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    byKey.forEach((key, statistics) -> put(tensors, key, statistics));
    Map<String, String> entries = new TreeMap<>(metadata);
    KeyNotes.format(notes).ifPresent(text -> entries.put(KeyNotes.ENTRY, text));
    AtomicFile.write(path, out -> SafetensorsWriter.write(out, new Safetensors(tensors, entries)));
  }

  private void put(Map<String, Tensor> tensors, String key, RunningStatistics statistics) {
    float[] mean = statistics.meanAsFloats();
    float[] var = statistics.varAsFloats();
    tensors.put(key + StatisticsFile.MEAN, Tensor.ofVector(mean));
    tensors.put(key + StatisticsFile.VAR, Tensor.ofVector(var));
    tensors.put(key + StatisticsFile.BATCHES, Tensor.ofLong(statistics.numBatchesTracked()));
    if (counts && statistics.count() != RunningStatistics.UNKNOWN_COUNT) {
      tensors.put(key + StatisticsFile.COUNT, Tensor.ofLong(statistics.count()));
    }
    if (exact && !(same(statistics.means(), mean) && same(statistics.vars(), var))) {
      tensors.put(StatisticsFile.FLOAT64 + key, float64(statistics));
    }
    statistics.affine().ifPresent(affine -> put(tensors, key, affine));
  }

  private static boolean same(double[] values, float[] rounded) {
    for (int c = 0; c < values.length; c++) {
      if (Double.compare(values[c], rounded[c]) != 0) {
        return false;
      }
    }
    return true;
  }

  private static Tensor float64(RunningStatistics statistics) {
    int channels = statistics.numFeatures();
    double[] rows = new double[2 * channels];
    System.arraycopy(statistics.means(), 0, rows, 0, channels);
    System.arraycopy(statistics.vars(), 0, rows, channels, channels);
    return Tensor.ofDoubles(new long[] {2, channels}, rows);
  }

  private static void put(Map<String, Tensor> tensors, String key, Affine affine) {
    if (affine.hasWeight()) {
      tensors.put(key + StatisticsFile.WEIGHT, Tensor.ofVector(affine.weights()));
    }
    if (affine.hasBias()) {
      tensors.put(key + StatisticsFile.BIAS, Tensor.ofVector(affine.biases()));
    }
  }
}
