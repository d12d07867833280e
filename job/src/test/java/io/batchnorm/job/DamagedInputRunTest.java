package io.batchnorm.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DamagedInputRunTest {
  @TempDir Path folder;

  @Test
  void rejectsEachBadFileOnceForItsReasonAndNormalizesTheOthersAsIfItWereNotThere()
      throws Exception {
    Path good = folder.resolve("good");
    Path both = folder.resolve("both");
    addGood(new NpyFolder(good));
    addGood(new NpyFolder(both));
    Map<String, String> bad = addBad(new NpyFolder(both));

    Outcome alone = run(good, "good");
    Outcome together = run(both, "both");

    assertThat(JsonRows.reasons(folder.resolve("both-rejected"))).isEqualTo(bad);
    assertThat(new NpyFolder(folder.resolve("both-out")).contents().keySet())
        .isEqualTo(new NpyFolder(folder.resolve("good-out")).contents().keySet())
        .hasSize(11);
    assertThat(new NpyFolder(folder.resolve("both-out")).contents())
        .containsExactlyEntriesOf(new NpyFolder(folder.resolve("good-out")).contents());
    assertThat(folder.resolve("both.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("good.safetensors"));
    assertThat(together.counts())
        .isEqualTo(alone.counts().replace("rejected 0", "rejected " + bad.size()));
    assertThat(together.out())
        .contains("  wrong_rank: 5\n", "  non_finite: 3\n", "  duplicate_id: 1\n")
        .contains("the first of them:\n");
  }

  private static void addGood(NpyFolder in) {
    for (int i = 0; i < 8; i++) {
      in.random("a/good-%d.npy".formatted(i), 4, 3);
    }
    in.random("b/1.npy", 2, 2, 3, 3);
    in.random("b/2.npy", 3, 2, 1, 5);
    in.random("b/3.npy", 2, 2, 4, 4);
  }

  /** Bad files among the good ones, and why each is rejected. */
  private static Map<String, String> addBad(NpyFolder in) throws Exception {
    Map<String, String> reasons = new TreeMap<>();
    in.random("a/good-0-truncated.npy", 4, 3);
    byte[] whole = Files.readAllBytes(in.root().resolve("a/good-0-truncated.npy"));
    in.bytes("a/good-0-truncated.npy", Arrays.copyOf(whole, whole.length - 1));
    reasons.put("a/good-0-truncated", "malformed_input");
    in.bytes("a/0-cut-header.npy", Arrays.copyOf(whole, 30));
    reasons.put("a/0-cut-header", "malformed_input");
    in.bytes("a/good-1-empty.npy", new byte[0]);
    reasons.put("a/good-1-empty", "malformed_input");
    byte[] noise = new byte[3000];
    new Random(1).nextBytes(noise);
    in.bytes("a/good-1-random.npy", noise);
    reasons.put("a/good-1-random", "malformed_input");
    in.bytes("a/sub/text.npy", "hello".getBytes(StandardCharsets.UTF_8));
    reasons.put("a/sub/text", "malformed_input");
    in.raw("a/good-2-object.npy", "|O", "(2, 2)", new byte[32]);
    reasons.put("a/good-2-object", "unsupported_dtype");
    in.raw("a/good-2-complex.npy", "<c8", "(2, 2)", new byte[32]);
    reasons.put("a/good-2-complex", "unsupported_dtype");
    in.raw("a/good-3-scalar.npy", "<f4", "()", new byte[4]);
    reasons.put("a/good-3-scalar", "wrong_rank");
    in.raw("a/good-3-rank1.npy", "<f4", "(3,)", new byte[12]);
    reasons.put("a/good-3-rank1", "wrong_rank");
    in.raw("a/good-3-rank6.npy", "<f4", "(1, 3, 1, 1, 1, 1)", new byte[12]);
    reasons.put("a/good-3-rank6", "wrong_rank");
    in.random("a/good-3-another-rank.npy", 2, 3, 2, 2);
    reasons.put("a/good-3-another-rank", "wrong_rank");
    in.random("b/1_another-rank.npy", 4, 2);
    reasons.put("b/1_another-rank", "wrong_rank");
    in.random("a/good-4-channels.npy", 4, 5);
    reasons.put("a/good-4-channels", "channel_mismatch");
    in.values("a/good-5-nan.npy", new float[] {1, 2, Float.NaN, 4, 5, 6}, 2, 3);
    reasons.put("a/good-5-nan", "non_finite");
    in.values("a/good-5-inf.npy", new float[] {1, 2, 3, 4, 5, Float.NEGATIVE_INFINITY}, 2, 3);
    reasons.put("a/good-5-inf", "non_finite");
    in.values("a/0-first-of-its-key.npy", new float[] {Float.NaN, 2, 3, 4}, 2, 2);
    reasons.put("a/0-first-of-its-key", "non_finite");
    in.values("a/good-6-one.npy", new float[] {1, 2, 3}, 1, 3);
    reasons.put("a/good-6-one", "one_value_per_channel");
    in.values("a/good-6-zero.npy", new float[0], 0, 3);
    reasons.put("a/good-6-zero", "empty_batch");
    in.values("a/good-6-zero-channels.npy", new float[0], 4, 0);
    reasons.put("a/good-6-zero-channels", "empty_batch");
    in.raw("a/good-7-huge.npy", "<f4", "(2147483648, 2147483648)", new byte[64]);
    reasons.put("a/good-7-huge", "malformed_input");
    in.raw("a/good-7-large.npy", "<f4", "(268435457, 1)", new byte[0]);
    grow(in.root().resolve("a/good-7-large.npy"), 128 + 4L * 268435457);
    reasons.put("a/good-7-large", "too_large");
    // Sorts before the file in lower case, so that is the one to be rejected.
    in.bytes("a/good-7.NPY", Files.readAllBytes(in.root().resolve("a/good-7.npy")));

    reasons.put("a/good-7", "duplicate_id");
    in.random("top.npy", 4, 3);
    reasons.put("/top", "malformed_input");
    Files.createSymbolicLink(in.root().resolve("a/good-7-link.npy"), Path.of("nowhere.npy"));
    reasons.put("a/good-7-link", "unreadable_input");
    Files.createSymbolicLink(in.root().resolve("a/sub/again"), in.root().resolve("a"));
    reasons.put("a/sub/again", "unreadable_input");
    in.bytes("only-bad/1.npy", noise);
    reasons.put("only-bad/1", "malformed_input");
    in.bytes("a/.hidden.npy", noise);
    in.bytes("a/notes.txt", noise);
    return reasons;
  }

  /** A file with a hole costs no disk. */
  private static void grow(Path file, long length) throws Exception {
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(length);
    }
  }

  private Outcome run(Path input, String name) {
    return Outcome.of(
            "run",
            "--input=npy:" + input,
            "--output=npy:" + folder.resolve(name + "-out"),
            "--rejected=jsonl:" + folder.resolve(name + "-rejected"),
            "--statistics-out=" + folder.resolve(name + ".safetensors"),
            "--parallelism=2")
        .succeeded();
  }
}
