package io.batchnorm.core;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class FingerprintTest {
  private static final RunningStatistics ONE =
      RunningStatistics.of(7, 640, new double[] {0.5}, new double[] {2});

  @Test
  void isTheHashOfTheDocumentedBytes() throws Exception {
    RunningStatistics affine = ONE.withAffine(Affine.of(new float[] {3}, null));
    ByteBuffer bytes = ByteBuffer.allocate(200);
    for (String key : new String[] {"a", "ü"}) {
      byte[] name = key.getBytes(StandardCharsets.UTF_8);
      bytes.putInt(name.length).put(name).putLong(7).putLong(640).putInt(1);
      bytes.putDouble(0.5).putDouble(2);
      if (key.equals("a")) {
        bytes.putInt(0).putInt(0);
      } else {
        bytes.putInt(1).putFloat(3).putInt(0);
      }
    }
    MessageDigest sha256 = MessageDigest.getInstance("SHA-256");
    sha256.update(bytes.flip());

    assertThat(Fingerprint.of(Map.of("ü", affine, "a", ONE)))
        .isEqualTo(HexFormat.of().formatHex(sha256.digest()));
  }

  @Test
  void doesNotDependOnTheOrderOfTheMap() {
    Map<String, RunningStatistics> there = new LinkedHashMap<>();
    Map<String, RunningStatistics> back = new LinkedHashMap<>();
    Stream.of("a", "b", "c").forEach(key -> there.put(key, ONE));
    Stream.of("c", "b", "a").forEach(key -> back.put(key, ONE));

    assertThat(Fingerprint.of(there)).isEqualTo(Fingerprint.of(back));
  }

  @Test
  void everyPartCounts() {
    RunningStatistics two = RunningStatistics.of(7, 640, new double[2], new double[2]);
    assertThat(
            Stream.of(
                    Map.<String, RunningStatistics>of(),
                    Map.of("a", ONE),
                    Map.of("b", ONE),
                    Map.of("a", RunningStatistics.of(8, 640, new double[] {0.5}, new double[] {2})),
                    Map.of("a", RunningStatistics.of(7, 641, new double[] {0.5}, new double[] {2})),
                    Map.of("a", RunningStatistics.of(7, 640, new double[] {0.6}, new double[] {2})),
                    Map.of("a", RunningStatistics.of(7, 640, new double[] {0.5}, new double[] {3})),
                    Map.of("a", two),
                    Map.of("a", ONE.withAffine(Affine.of(new float[] {1}, null))),
                    Map.of("a", ONE.withAffine(Affine.of(null, new float[] {1}))))
                .map(Fingerprint::of))
        .doesNotHaveDuplicates();
  }
}
