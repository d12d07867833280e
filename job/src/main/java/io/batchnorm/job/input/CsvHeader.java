package io.batchnorm.job.input;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.zip.GZIPInputStream;

/** The names of a table's columns. */
final class CsvHeader {
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private CsvHeader() {}

  /** The fields of the first record, without the byte order mark that some programs write. */
  static List<String> of(CsvRecord first) {
    List<String> header = new ArrayList<>(first.getFields());
    if (header.get(0).startsWith(BYTE_ORDER_MARK)) {
      header.set(0, header.get(0).substring(1));
    }
    return header;
  }

  /** Reads the header of a file; empty if there is none. */
  static List<String> read(Path file) throws IOException {
    try (InputStream raw = Files.newInputStream(file);
        InputStream plain = isGzip(file) ? new GZIPInputStream(raw) : raw;
        CsvReader<CsvRecord> reader =
            CsvFormat.open(new InputStreamReader(plain, StandardCharsets.UTF_8))) {
      Iterator<CsvRecord> records = reader.iterator();
      return records.hasNext() ? of(records.next()) : List.of();
    }
  }

  private static boolean isGzip(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".gz");
  }
}
