package io.batchnorm.exchange;

import io.batchnorm.core.Affine;
import io.batchnorm.core.RunningStatistics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import net.jqwik.api.statistics.Statistics;

/** Whatever the bytes: statistics that can be written again, or an {@link ExchangeException}. */
class StatisticsFileFuzzTest {

  private static final List<String> WORDS =
      Stream.of(
              "F32 F64 I64 F16 U8 a b .running_mean .running_var .num_batches_tracked .weight .bias"
                  + " .count float64. batchnorm.keys __metadata__ frozen null true { } [ ] , : \" -"
                  + " \\u0000")
          .flatMap(words -> Arrays.stream(words.split(" ", -1)))
          .toList();

  private static Path file;
  private static byte[] whole;

  @BeforeContainer
  static void write() throws IOException {
    file = Files.createTempFile("fuzz", ".safetensors");
    Map<String, RunningStatistics> byKey =
        Map.of(
            "a",
            RunningStatistics.of(3, 8, new double[] {0.1, 2}, new double[] {1, 3})
                .withAffine(Affine.of(new float[] {1, 2}, new float[] {0, 0})),
            "b.c",
            RunningStatistics.initial(1));
    StatisticsFile.write(file, byKey, true, Map.of("format", "pt"));
    whole = Files.readAllBytes(file);
  }

  @AfterContainer
  static void delete() throws IOException {
    Files.delete(file);
  }

  @Property(tries = 2000)
  void survivesDamagedFiles(@ForAll Random random) throws Exception {
    Statistics.label("outcome")
        .collect(outcome(Mutations.ofBytes(List.of(whole, StateDict.BYTES), random)));
    Statistics.label("outcome")
        .coverage(
            coverage -> {
              coverage.check("read").count(count -> count > 0);
              coverage.check("malformed_file").percentage(share -> share > 10);
            });
  }

  @Property(tries = 2000)
  void survivesEditedHeaders(@ForAll Random random) throws Exception {
    String text = new String(whole, StandardCharsets.ISO_8859_1);
    int end = text.lastIndexOf('}') + 1;
    int header = Byte.toUnsignedInt(whole[0]) | Byte.toUnsignedInt(whole[1]) << 8;

    String edited = Mutations.ofText(text.substring(8, end), WORDS, random);

    Statistics.label("outcome")
        .collect(outcome(Fixtures.safetensors(Mutations.ascii(edited), whole.length - 8 - header)));
    Statistics.label("outcome")
        .coverage(
            coverage -> {
              coverage.check("read").percentage(share -> share > 1);
              coverage.check("malformed_file").percentage(share -> share > 10);
            });
  }

  private static String outcome(byte[] bytes) throws IOException {
    Files.write(file, bytes);
    try {
      StatisticsFile read = StatisticsFile.read(file);
      StatisticsFile.write(file, read.byKey(), true, read.metadata());
      return "read";
    } catch (ExchangeException e) {
      return e.fault().code();
    }
  }
}
