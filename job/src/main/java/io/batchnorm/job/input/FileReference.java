package io.batchnorm.job.input;

/**
 * One input file of a key.
 *
 * @param key name of the folder below the input folder, empty if the file lies in the latter itself
 * @param id path below the key's folder without its suffix, with {@code /} between names
 * @param path where the file is
 * @param duplicate whether an earlier file of the key has the same id
 */
public record FileReference(String key, String id, String path, boolean duplicate) {}
