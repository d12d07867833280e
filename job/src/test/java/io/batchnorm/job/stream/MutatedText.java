package io.batchnorm.job.stream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Lines of JSON with other words, other bytes or a missing end. */
public final class MutatedText {
  private static final List<String> WORDS =
      List.of(
          "",
          "0",
          "-0.0",
          "-1",
          "1e999",
          "1e-999",
          "1e39",
          "00",
          "0x1",
          "9223372036854775807",
          "9223372036854775808",
          "4611686018427387905",
          "9".repeat(1200),
          "NaN",
          "\"NaN\"",
          "\"Infinity\"",
          "-Infinity",
          "null",
          "true",
          "false",
          "{",
          "}",
          "[",
          "]",
          ",",
          ":",
          "\"",
          "\\",
          "\\u0000",
          "\\ud800",
          "\n",
          "\r",
          "\0",
          "\uFEFF",
          "[".repeat(2000),
          "{\"a\":",
          "\"key\"",
          "\"count\"",
          "\"frozen\"",
          "\"weight\"",
          "\"bias\"",
          "\"running_mean\"",
          "\"file\"",
          "\"statistics\"",
          "\"load\"",
          "\"*\"",
          "//",
          "/*",
          "'",
          "/dev/null",
          "x");

  private MutatedText() {}

  /** One of the texts, damaged one to four times. */
  public static byte[] of(List<String> texts, Random random) {
    String text = pick(texts, random);
    for (int rounds = random.nextInt(4); rounds > 0; rounds--) {
      text = edited(text, random);
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return random.nextInt(3) == 0 ? damaged(bytes, random) : bytes;
  }

  /** Any bytes, some of them ends of lines. */
  public static byte[] noise(Random random) {
    byte[] bytes = new byte[random.nextInt(300)];
    random.nextBytes(bytes);
    for (int i = 0; i < bytes.length; i += 1 + random.nextInt(60)) {
      bytes[i] = '\n';
    }
    return bytes;
  }

  private static String edited(String text, Random random) {
    List<String> tokens = Arrays.asList(text.split("(?<=\\W)|(?=\\W)", -1));
    int at = random.nextInt(tokens.size());
    String word = random.nextBoolean() ? pick(WORDS, random) : pick(tokens, random);
    tokens.set(at, random.nextBoolean() ? word : tokens.get(at) + word);
    return String.join("", tokens);
  }

  private static byte[] damaged(byte[] bytes, Random random) {
    if (bytes.length == 0) {
      return bytes;
    }
    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    return random.nextBoolean() ? bytes : Arrays.copyOf(bytes, random.nextInt(bytes.length));
  }

  private static <T> T pick(List<T> choices, Random random) {
    return choices.get(random.nextInt(choices.size()));
  }
}
