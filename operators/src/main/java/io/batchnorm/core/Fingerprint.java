package io.batchnorm.core;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Tells one set of statistics from another: the same for the same keys with the same bits, whatever
 * file they lay in.
 */
public final class Fingerprint {
  private static final int SHORT_DIGITS = 16;

  private Fingerprint() {}

  /** The first 16 digits of {@link #of}, for people. */
  public static String shortOf(Map<String, RunningStatistics> byKey) {
    return of(byKey).substring(0, SHORT_DIGITS);
  }

  /**
   * SHA-256 over the keys in order, in hexadecimal. Of each key: length and bytes of its UTF-8,
   * {@code numBatchesTracked}, {@code count}, channels, means, variances, and after their lengths
   * (0 if absent) weights and biases; all big-endian.
   */
  public static String of(Map<String, RunningStatistics> byKey) {
    MessageDigest digest = sha256();
    SortedMap<String, RunningStatistics> inOrder = new TreeMap<>(byKey);
    inOrder.forEach((key, statistics) -> digest.update(bytes(key, statistics)));
    return HexFormat.of().formatHex(digest.digest());
  }

  private static byte[] bytes(String key, RunningStatistics statistics) {
    byte[] name = key.getBytes(StandardCharsets.UTF_8);
    double[] means = statistics.means();
    double[] vars = statistics.vars();
    float[] weights =
        statistics.affine().filter(Affine::hasWeight).map(Affine::weights).orElse(new float[0]);
    float[] biases =
        statistics.affine().filter(Affine::hasBias).map(Affine::biases).orElse(new float[0]);
    ByteBuffer bytes =
        ByteBuffer.allocate(
            4 * Integer.BYTES
                + 2 * Long.BYTES
                + name.length
                + Double.BYTES * (means.length + vars.length)
                + Float.BYTES * (weights.length + biases.length));
    bytes.putInt(name.length).put(name);
    bytes.putLong(statistics.numBatchesTracked()).putLong(statistics.count());
    bytes.putInt(means.length);
    put(bytes, means);
    put(bytes, vars);
    put(bytes.putInt(weights.length), weights);
    put(bytes.putInt(biases.length), biases);
    return bytes.array();
  }

  private static void put(ByteBuffer bytes, double[] values) {
    for (double value : values) {
      bytes.putDouble(value);
    }
  }

  private static void put(ByteBuffer bytes, float[] values) {
    for (float value : values) {
      bytes.putFloat(value);
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
