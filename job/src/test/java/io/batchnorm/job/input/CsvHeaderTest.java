package io.batchnorm.job.input;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CsvHeaderTest {
  private static final CsvColumns COLUMNS = new CsvColumns("k", List.of("a", "b"), "t");

  @TempDir Path folder;

  @Test
  void readsTheNamesOfTheFirstRow() throws Exception {
    Path file = Files.writeString(folder.resolve("a.csv"), "k,\"a, \"\"x\"\"\",,ü\r\n1,2,3,4\r\n");

    assertThat(CsvHeader.read(file)).containsExactly("k", "a, \"x\"", "", "ü");
  }

  @Test
  void takesAByteOrderMarkForNothingEvenBeforeAQuote() throws Exception {
    Path plain = Files.writeString(folder.resolve("plain.csv"), "\uFEFFk,a\n1,2\n");
    Path quoted = Files.writeString(folder.resolve("quoted.csv"), "\uFEFF\"k\",\"a\"\n1,2\n");

    assertThat(CsvHeader.read(plain)).containsExactly("k", "a");
    assertThat(CsvHeader.read(quoted)).containsExactly("k", "a");
  }

  @Test
  void readsACompressedTable() throws Exception {
    assertThat(CsvHeader.read(gzip("a.csv.gz"))).containsExactly("k", "a");
    assertThat(CsvHeader.read(gzip("a.csv.gzip"))).containsExactly("k", "a");
  }

  @Test
  void isEmptyForAnEmptyFile() throws Exception {
    assertThat(CsvHeader.read(Files.createFile(folder.resolve("a.csv")))).isEmpty();
  }

  @Test
  void everyColumnThatIsMissingOrComesTwiceIsAFault() {
    assertThat(COLUMNS.faults(List.of("k", "a", "b", "t", "other"))).isEmpty();
    assertThat(COLUMNS.faults(List.of("K", "a", "a", "t")))
        .containsExactly(
            "there is no column \"k\", the columns are K, a, a, t",
            "there are 2 columns \"a\", the columns are K, a, a, t",
            "there is no column \"b\", the columns are K, a, a, t");
  }

  @Test
  void aTimeColumnIsWantedOnlyWhereItIsNamed() {
    CsvColumns timeless = new CsvColumns("k", List.of("a"), null);

    assertThat(timeless.faults(List.of("k", "a"))).isEmpty();
    assertThat(COLUMNS.faults(List.of("k", "a", "b")))
        .containsExactly("there is no column \"t\", the columns are k, a, b");
  }

  @Test
  void saysThatAFileIsEmptyOrNoText() throws Exception {
    Path disguised = Files.copy(gzip("a.csv.gz"), folder.resolve("A.CSV.GZ"));

    assertThat(COLUMNS.faults(List.of())).containsExactly("it is empty, wanted a header and rows");
    assertThat(Inputs.csvFaults(disguised, COLUMNS))
        .singleElement()
        .asString()
        .startsWith("it is no text in UTF-8; a compressed table wants a name that ends in ")
        .contains("gz");
  }

  private Path gzip(String name) throws Exception {
    Path file = folder.resolve(name);
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      out.write("k,a\n1,2\n".getBytes(StandardCharsets.UTF_8));
    }
    return file;
  }
}
