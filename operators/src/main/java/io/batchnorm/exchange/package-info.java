/**
 * File formats through which numbers enter and leave: NumPy's {@code .npy} for arrays and
 * safetensors for the state of a model. Everything here is bytes to arrays and back; nothing knows
 * Flink's runtime or what a tensor means.
 *
 * <ul>
 *   <li>{@link io.batchnorm.exchange.NpyReader} and {@link io.batchnorm.exchange.NpyWriter}: one
 *       {@link io.batchnorm.exchange.NpyArray} of float32, whatever numeric type the file has.
 *   <li>{@link io.batchnorm.exchange.SafetensorsFile}: an opened file whose tensors are read one by
 *       one, so that a checkpoint of many gigabytes costs only its header; {@link
 *       io.batchnorm.exchange.SafetensorsReader} and {@link
 *       io.batchnorm.exchange.SafetensorsWriter}: whole contents as {@link
 *       io.batchnorm.exchange.Safetensors}.
 *   <li>{@link io.batchnorm.exchange.AtomicFile}: a file is either there completely or not at all.
 * </ul>
 *
 * <p><b>Hostile input.</b> Files come from outside, so a reader trusts no number in them. Every
 * length is compared with the true size of the file before anything is allocated; no product of
 * dimensions can overflow unseen; headers are limited (10,000 bytes for {@code .npy}, 100,000,000
 * for safetensors) and read in linear time without recursion. Nothing is ever evaluated or
 * unpickled. What comes out is either a complete result or an {@link
 * io.batchnorm.exchange.ExchangeException} with a {@link io.batchnorm.exchange.Fault}; an {@link
 * java.io.IOException} of another class means that the disk, not the file, is at fault. The memory
 * used is a small constant plus a small multiple of the bytes read.
 *
 * <p><b>Edge values.</b> NaN and infinity are data and pass unchanged, with the payload of a
 * float32 NaN kept. A double or an integer that float32 cannot hold is rounded to nearest even; a
 * double beyond its range becomes infinity. Empty arrays (a dimension of 0) and scalars (shape
 * {@code ()}, one value) are valid in both formats.
 */
package io.batchnorm.exchange;
