package io.batchnorm.job.demo;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.util.zip.GZIPInputStream;

/** Bundled files, compressed by gzip. */
final class Resources {
  private Resources() {}

  static InputStream open(String name) throws IOException {
    InputStream raw = Resources.class.getResourceAsStream("/demo/" + name);
    if (raw == null) {
      throw new FileNotFoundException("the job jar lacks demo/" + name);
    }
    return new GZIPInputStream(raw);
  }
}
