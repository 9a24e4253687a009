using Crid.Core;
using Microsoft.Extensions.Logging;

namespace Crid.Images;

/// <summary>Log messages of Crid.Images, event ids 2000-2099.</summary>
internal static partial class ImagesLog
{
    [LoggerMessage(2000, LogLevel.Information, "pulled {ImageReference} as {Digest}: {Layers} layers, {Bytes} bytes on disk, in {ElapsedMs} ms")]
    public static partial void Pulled(ILogger logger, ImageReference imageReference, string digest, int layers, ulong bytes, long elapsedMs);

    [LoggerMessage(2001, LogLevel.Information, "imported {Digest} from {Path}")]
    public static partial void Imported(ILogger logger, string digest, string path);

    [LoggerMessage(2002, LogLevel.Information, "removed image {Digest}")]
    public static partial void Removed(ILogger logger, string digest);

    [LoggerMessage(2003, LogLevel.Debug, "unpacked layer {Digest} as number {Number}: {Bytes} bytes in {ElapsedMs} ms")]
    public static partial void LayerUnpacked(ILogger logger, string digest, long number, long bytes, long elapsedMs);

    [LoggerMessage(2004, LogLevel.Warning, "removed {Path}, which an interrupted operation left")]
    public static partial void LeftoverRemoved(ILogger logger, string path);

    [LoggerMessage(2005, LogLevel.Error, "remove {Path}; that is tried again later")]
    public static partial void RemovalFailed(ILogger logger, Exception exception, string path);

    [LoggerMessage(2006, LogLevel.Error, "the directory of layer {Number} ({Digest}) is missing; images that have it can't be run until they are pulled again")]
    public static partial void LayerMissing(ILogger logger, long number, string digest);

    [LoggerMessage(2007, LogLevel.Error, "layer {Number} ({Digest}) is damaged: {Problem}")]
    public static partial void LayerDamaged(ILogger logger, long number, string digest, string problem);

    [LoggerMessage(2008, LogLevel.Information, "exported {Images} to {Path}")]
    public static partial void Exported(ILogger logger, string images, string path);

    [LoggerMessage(2009, LogLevel.Error, "import {Path} at start; the next start tries again")]
    public static partial void PreloadFailed(ILogger logger, Exception exception, string path);

    [LoggerMessage(2010, LogLevel.Information, "{Compression} is unpacked with {Decoder}")]
    public static partial void Decoder(ILogger logger, string compression, string decoder);

    [LoggerMessage(2011, LogLevel.Error, "remove layers that no image has come to need; that is tried again later")]
    public static partial void CollectionFailed(ILogger logger, Exception exception);

    [LoggerMessage(2012, LogLevel.Error, "no image that it is for can be pulled until it is mended: {Problem}")]
    public static partial void PolicyUnusable(ILogger logger, string problem);

    [LoggerMessage(2013, LogLevel.Information, "{Compression} is unpacked with {Decoder}: {Reason}")]
    public static partial void SlowerDecoder(ILogger logger, string compression, string decoder, string reason);
}
