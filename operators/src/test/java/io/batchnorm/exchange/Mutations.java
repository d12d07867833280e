package io.batchnorm.exchange;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Damages files: a few bits, a missing end, a piece of another file, a header with other words in
 * it.
 */
final class Mutations {

  private static final List<String> NUMBERS =
      List.of(
          "0",
          "1",
          "2",
          "3",
          "8",
          "24",
          "-1",
          "00",
          "1.5",
          "1e3",
          "268435457",
          "2147483647",
          "2147483648",
          "4294967296",
          "1152921504606846976",
          "4611686018427387904",
          "4611686018427387905",
          "9223372036854775807",
          "9223372036854775808",
          "18446744073709551615",
          "99999999999999999999999999999999999999999");

  private Mutations() {}

  /** Returns a damaged copy of one of the files. */
  static byte[] ofBytes(List<byte[]> files, Random random) {
    byte[] file = pick(files, random).clone();
    for (int rounds = 1 + random.nextInt(3); rounds > 0; rounds--) {
      file =
          switch (random.nextInt(4)) {
            case 0 -> flipped(file, random);
            case 1 -> Arrays.copyOf(file, random.nextInt(file.length + 1));
            case 2 -> spliced(file, pick(files, random), random);
            default -> Fixtures.concat(file, new byte[random.nextInt(20)]);
          };
    }
    return file;
  }

  /** Returns a header with one to three of its words replaced, removed or doubled. */
  static String ofText(String header, List<String> words, Random random) {
    String text = header;
    for (int rounds = 1 + random.nextInt(3); rounds > 0; rounds--) {
      text = edited(text, words, random);
    }
    return text;
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  static <T> T pick(List<T> choices, Random random) {
    return choices.get(random.nextInt(choices.size()));
  }

  private static String edited(String text, List<String> words, Random random) {
    List<String> tokens = Arrays.asList(text.split("(?<=\\W)|(?=\\W)", -1));
    int at = random.nextInt(tokens.size());
    String old = tokens.get(at);
    boolean isNumber = old.matches("\\d+");
    tokens.set(
        at,
        switch (random.nextInt(isNumber ? 2 : 8)) {
          case 0, 1 -> isNumber ? pick(NUMBERS, random) : pick(words, random);
          case 2 -> "";
          case 3 -> old + old;
          case 4 -> old + pick(words, random);
          default -> old;
        });
    return String.join("", tokens);
  }

  private static byte[] flipped(byte[] file, Random random) {
    for (int flips = 1 + random.nextInt(4); flips > 0 && file.length > 0; flips--) {
      file[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
    }
    return file;
  }

  private static byte[] spliced(byte[] file, byte[] other, Random random) {
    int start = random.nextInt(other.length + 1);
    byte[] piece =
        Arrays.copyOfRange(other, start, start + random.nextInt(other.length - start + 1));
    int at = random.nextInt(file.length + 1);
    int skipped = random.nextBoolean() ? Math.min(file.length, at + piece.length) : at;
    return Fixtures.concat(
        Arrays.copyOf(file, at), piece, Arrays.copyOfRange(file, skipped, file.length));
  }
}
