using BenchmarkDotNet.Attributes;
using Crid.Images;
using Crid.Linux;

namespace Crid.Benchmarks;

/// <summary>A layer from memory through each decoder, and what is then left of it through the reader of archives.</summary>
public class InflateBenchmarks
{
    private readonly Dictionary<string, byte[]> _compressed = [];

    [GlobalSetup]
    public void Setup()
    {
        Console.WriteLine($"// {LayerCorpus.Archive.Length} bytes; libisal: {IsalInflater.Problem ?? "here"}; libzstd: {LibZstdDecoder.Problem ?? "here"}");
        foreach (string compression in new[] { "gzip", "zstd" })
        {
            _compressed.Add(compression, LayerCorpus.Compress(compression));
            Console.WriteLine($"// {compression}: {_compressed[compression].Length} bytes");
        }
    }

    [Benchmark]
    public Task<long> GzipByLibisal() => InflateAsync("gzip", new LayerDecoders(UseIsal: true, UseLibZstd: false));

    [Benchmark]
    public Task<long> GzipByDotNet() => InflateAsync("gzip", new LayerDecoders(UseIsal: false, UseLibZstd: false));

    [Benchmark]
    public Task<long> ZstdByLibzstd() => InflateAsync("zstd", new LayerDecoders(UseIsal: false, UseLibZstd: true));

    [Benchmark]
    public Task<long> ZstdByZstdSharp() => InflateAsync("zstd", new LayerDecoders(UseIsal: false, UseLibZstd: false));

    [Benchmark]
    public int ParseTar()
    {
        Images.TarReader reader = new(new MemoryStream(LayerCorpus.Archive));
        int bytes = 0;
        while (reader.ReadNext() is not null)
        {
            for (ReadOnlySpan<byte> content = reader.ReadContent(); !content.IsEmpty; content = reader.ReadContent())
            {
                bytes += content.Length;
            }
        }

        return bytes;
    }

    // The queue holds all of it before the clock matters: what is fed is a copy of the compressed bytes, which costs next to nothing.
    private async Task<long> InflateAsync(string compression, LayerDecoders decoders)
    {
        byte[] compressed = _compressed[compression];
        using ChunkQueue queue = new((compressed.Length / Chunk.Bytes) + 1);
        for (int at = 0; at < compressed.Length; at += Chunk.Bytes)
        {
            byte[] buffer = Chunk.Rent();
            int length = Math.Min(Chunk.Bytes, compressed.Length - at);
            compressed.AsSpan(at, length).CopyTo(buffer);
            await queue.AddAsync(new Chunk(buffer, length), CancellationToken.None);
        }

        queue.Complete();
        using WindowLease memory = new(new WindowBudget(32 << 20));
        using ChunkStream input = new(queue, CancellationToken.None);
        using Stream archive = decoders.Open(input, memory);
        byte[] output = new byte[Chunk.Bytes];
        long total = 0;
        for (int length = archive.Read(output); length > 0; length = archive.Read(output))
        {
            total += length;
        }

        return total == LayerCorpus.Archive.Length ? total : throw new InvalidDataException($"inflated to {total} bytes");
    }
}
