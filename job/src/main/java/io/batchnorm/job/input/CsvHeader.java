package io.batchnorm.job.input;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import org.apache.flink.api.common.io.compression.InflaterInputStreamFactory;
import org.apache.flink.connector.file.src.compression.StandardDeCompressors;

/** The names of a table's columns. */
final class CsvHeader {
  private CsvHeader() {}

  /** Reads the header of a file, decompressed as the job does it; empty if there is none. */
  static List<String> read(Path file) throws IOException {
    InflaterInputStreamFactory<?> decompressor =
        StandardDeCompressors.getDecompressorForFileName(file.toString());
    try (InputStream raw = Files.newInputStream(file);
        InputStream plain = decompressor == null ? raw : decompressor.create(raw);
        CsvReader<CsvRecord> reader = CsvFormat.open(plain)) {
      Iterator<CsvRecord> records = reader.iterator();
      return records.hasNext() ? records.next().getFields() : List.of();
    }
  }
}
