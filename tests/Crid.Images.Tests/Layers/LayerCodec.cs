using Crid.Linux;
using Crid.Testing;
using ZstdSharp;

namespace Crid.Images.Tests;

/// <summary>A kind of compression and one of the decoders for it.</summary>
internal sealed record LayerCodec(LayerDecoders Decoders, Func<byte[], byte[]> Compress)
{
    private static readonly Dictionary<string, LayerCodec> ByName = Find().ToDictionary(static codec => codec.Name, static codec => codec.Codec);

    /// <summary>The decoders that this machine has.</summary>
    public static IEnumerable<string> Names => ByName.Keys;

    public static LayerCodec Get(string name) => ByName[name];

    public static byte[] CompressZstd(byte[] content)
    {
        using Compressor compressor = new();
        return compressor.Wrap(content).ToArray();
    }

    private static IEnumerable<(string Name, LayerCodec Codec)> Find()
    {
        yield return ("gzip, .NET", new LayerCodec(new LayerDecoders(UseIsal: false, UseLibZstd: false), TestImage.Compress));
        yield return ("zstd, ZstdSharp", new LayerCodec(new LayerDecoders(UseIsal: false, UseLibZstd: false), CompressZstd));
        if (IsalInflater.Problem is null)
        {
            yield return ("gzip, libisal", new LayerCodec(new LayerDecoders(UseIsal: true, UseLibZstd: false), TestImage.Compress));
        }

        if (LibZstdDecoder.Problem is null)
        {
            yield return ("zstd, libzstd", new LayerCodec(new LayerDecoders(UseIsal: false, UseLibZstd: true), CompressZstd));
        }
    }
}
