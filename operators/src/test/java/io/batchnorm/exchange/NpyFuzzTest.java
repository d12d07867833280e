package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

/**
 * Whatever the bytes: an array or an {@link ExchangeException}, and memory in proportion to the
 * bytes.
 */
class NpyFuzzTest {

  private static final long CONSTANT = 1 << 20;

  /** One byte becomes a float, and Fortran order needs a second copy. */
  private static final long PER_BYTE = 16;

  private static final List<byte[]> FILES =
      new String(Fixtures.resource("expected.csv"), StandardCharsets.UTF_8)
          .lines()
          .map(row -> Fixtures.resource(row.substring(0, row.indexOf(',')) + ".npy"))
          .toList();

  private static final List<String> DIMENSIONS =
      List.of(
          "0",
          "1",
          "2",
          "4",
          "1000000",
          "200000000",
          "2147483648",
          "4294967296",
          "1152921504606846976",
          "4611686018427387904",
          "9223372036854775807");

  private static final List<String> WORDS =
      Stream.of(
              "f4 f8 i1 u8 b1 f2 O V8 c8 < > = | True False descr shape ( ) [ ] { } , : ' \" L -"
                  + " \\")
          .flatMap(words -> Arrays.stream(words.split(" ", -1)))
          .toList();

  @Property(tries = 1000)
  void survivesRandomBytes(@ForAll byte[] bytes) throws Exception {
    outcome(bytes);
  }

  @Property(tries = 5000)
  void survivesDamagedFiles(@ForAll Random random) throws Exception {
    Statistics.label("outcome").collect(outcome(Mutations.ofBytes(FILES, random)));
    Statistics.label("outcome")
        .coverage(
            coverage -> {
              coverage.check("read").percentage(share -> share > 10);
              coverage.check("malformed_file").percentage(share -> share > 10);
            });
  }

  @Property(tries = 5000)
  void survivesEditedHeaders(@ForAll Random random) throws Exception {
    byte[] file = Mutations.pick(FILES, random);
    String text = new String(file, StandardCharsets.ISO_8859_1);
    String header = text.substring(text.indexOf('{'), text.indexOf('}') + 1);
    byte[] data = Arrays.copyOfRange(file, text.indexOf('\n') + 1, file.length);

    String edited = Mutations.ofText(header, WORDS, random);

    Statistics.label("outcome").collect(outcome(Fixtures.npy(edited, data)));
    Statistics.label("outcome")
        .coverage(
            coverage -> {
              coverage.check("read").percentage(share -> share > 10);
              coverage.check("malformed_file").percentage(share -> share > 10);
              coverage.check("unsupported_dtype").percentage(share -> share > 1);
            });
  }

  /** A good header but for two hostile dimensions, where one wrong product would be allocated. */
  @Property(tries = 2000)
  void allocatesOnlyForShapesThatTheFileFills(@ForAll Random random) throws Exception {
    String shape =
        "(%s, %s)"
            .formatted(Mutations.pick(DIMENSIONS, random), Mutations.pick(DIMENSIONS, random));

    Statistics.label("outcome").collect(outcome(Fixtures.npyOfShape(shape, 64)));
    Statistics.label("outcome")
        .coverage(
            coverage -> {
              coverage.check("read").percentage(share -> share > 5);
              coverage.check("malformed_file").percentage(share -> share > 10);
              coverage.check("too_large").percentage(share -> share > 1);
            });
  }

  private static String outcome(byte[] file) throws Exception {
    String[] outcome = new String[1];
    long allocated =
        Allocation.bytesOf(
            () -> {
              try {
                NpyReader.read(file, "fuzz");
                outcome[0] = "read";
              } catch (ExchangeException e) {
                outcome[0] = e.fault().code();
              }
            });
    assertThat(allocated).isLessThan(CONSTANT + PER_BYTE * file.length);
    return outcome[0];
  }
}
