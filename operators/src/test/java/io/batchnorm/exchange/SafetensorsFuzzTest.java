package io.batchnorm.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.statistics.Statistics;

/**
 * Whatever the bytes: tensors or an {@link ExchangeException}, and memory in proportion to the
 * bytes.
 */
class SafetensorsFuzzTest {

  private static final long CONSTANT = 1 << 20;

  /** A header byte becomes a character twice and its share of a tensor's entry in two tables. */
  private static final long PER_BYTE = 64;

  private static final List<byte[]> FILES =
      List.of(
          StateDict.BYTES,
          Fixtures.resource("names.safetensors"),
          Fixtures.resource("dtypes.safetensors"));

  private static final List<String> WORDS =
      Stream.of(
              "F32 I64 F4 F6_E2M3 U8 F33 dtype shape data_offsets __metadata__ weight bias null"
                  + " true { } [ ] , : \" - \\ \\u0000 \\ud800 NaN 1e9")
          .flatMap(words -> Arrays.stream(words.split(" ", -1)))
          .toList();

  @Property(tries = 1000)
  void survivesRandomBytes(@ForAll byte[] bytes) throws Exception {
    outcome(bytes);
  }

  @Property(tries = 1000)
  void survivesRandomHeaders(@ForAll byte[] header) throws Exception {
    outcome(Fixtures.safetensors(Fixtures.concat(Mutations.ascii("{"), header), 8));
  }

  @Property(tries = 5000)
  void survivesDamagedFiles(@ForAll Random random) throws Exception {
    Statistics.label("outcome").collect(outcome(Mutations.ofBytes(FILES, random)));
    Statistics.label("outcome")
        .coverage(
            coverage -> {
              coverage.check("read").count(count -> count > 0);
              coverage.check("malformed_file").percentage(share -> share > 10);
            });
  }

  @Property(tries = 5000)
  void survivesEditedHeaders(@ForAll Random random) throws Exception {
    byte[] file = Mutations.pick(FILES, random);
    String text = new String(file, StandardCharsets.ISO_8859_1);
    int end = text.lastIndexOf('}') + 1;
    byte[] data =
        Arrays.copyOfRange(file, 8 + (Byte.toUnsignedInt(file[0]) | file[1] << 8), file.length);

    String edited = Mutations.ofText(text.substring(8, end), WORDS, random);

    Statistics.label("outcome")
        .collect(outcome(Fixtures.safetensors(Mutations.ascii(edited), data.length)));
    Statistics.label("outcome")
        .coverage(
            coverage -> {
              coverage.check("read").percentage(share -> share > 10);
              coverage.check("malformed_file").percentage(share -> share > 10);
              coverage.check("unsupported_dtype").percentage(share -> share > 1);
            });
  }

  /** One tensor of hostile numbers, where one wrong sum would pass. */
  @Property(tries = 5000)
  void acceptsOnlyShapesThatAccountForTheBytes(@ForAll Random random) throws Exception {
    List<String> sizes =
        List.of(
            "0",
            "1",
            "2",
            "4",
            "8",
            "2147483648",
            "4294967296",
            "1152921504606846976",
            "2305843009213693952",
            "4611686018427387904",
            "9223372036854775807");
    String shape = Mutations.pick(sizes, random) + "," + Mutations.pick(sizes, random);
    String dtype = Mutations.pick(List.of("F32", "U8", "F64", "F4"), random);
    String end = Mutations.pick(List.of("0", "4", "8"), random);
    String json =
        "{\"a\":{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[0,%s]}}"
            .formatted(dtype, shape, end);
    byte[] file = Fixtures.safetensors(json, Integer.parseInt(end));

    Statistics.label("outcome").collect(outcome(file));
    Statistics.label("outcome")
        .coverage(coverage -> coverage.check("read").percentage(share -> share > 1));
  }

  private static String outcome(byte[] file) throws Exception {
    String[] outcome = new String[1];
    long allocated =
        Allocation.bytesOf(
            () -> {
              try {
                checkAccounts(SafetensorsReader.read(file, "fuzz").tensors(), file.length);
                outcome[0] = "read";
              } catch (ExchangeException e) {
                outcome[0] = e.fault().code();
              }
            });
    assertThat(allocated).isLessThan(CONSTANT + PER_BYTE * file.length);
    return outcome[0];
  }

  /**
   * What was read has the bytes its shape needs, counted here in floating point, which cannot
   * overflow.
   */
  private static void checkAccounts(Map<String, Tensor> tensors, int fileBytes) {
    long total = 0;
    for (Tensor tensor : tensors.values()) {
      double elements = Arrays.stream(tensor.shape()).asDoubleStream().reduce(1, (a, b) -> a * b);
      assertThat(elements * tensor.dtype().bits() / 8).isEqualTo(tensor.data().remaining());
      total += tensor.data().remaining();
    }
    assertThat(total).isLessThan(fileBytes);
  }
}
