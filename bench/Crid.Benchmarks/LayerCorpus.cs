using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Crid.Benchmarks;

/// <summary>
/// A layer like those of images with a language runtime: thousands of small files, a few large ones, content that compresses to about two fifths. It is
/// the same every time.
/// </summary>
internal static class LayerCorpus
{
    private const int SmallFiles = 8_000;
    private const int SmallMeanBytes = 6_000;
    private const int LargeFiles = 8;
    private const int LargeBytes = 10 << 20;
    private const int Directories = 400;

    private static readonly Lazy<byte[]> LazyArchive = new(Make);

    /// <summary>The archive, uncompressed.</summary>
    public static byte[] Archive => LazyArchive.Value;

    /// <param name="compression"><c>gzip</c>, <c>zstd</c>, or nothing.</param>
    public static byte[] Compress(string compression)
    {
        if (compression.Length == 0)
        {
            return Archive;
        }

        using MemoryStream target = new();
        using (Stream compressor = compression == "zstd"
            ? new ZstdSharp.CompressionStream(target, level: 3, leaveOpen: true)
            : new GZipStream(target, CompressionLevel.Optimal, leaveOpen: true))
        {
            compressor.Write(Archive);
        }

        return target.ToArray();
    }

    private static byte[] Make()
    {
        Random random = new(1);
        byte[][] words = [.. Enumerable.Range(0, 4_000).Select(_ => MakeWord(random))];
        using MemoryStream archive = new();
        using (System.Formats.Tar.TarWriter writer = new(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (string directory in Enumerable.Range(0, Directories).Select(DirectoryOf).Prepend("usr/lib").Prepend("usr"))
            {
                Add(writer, System.Formats.Tar.TarEntryType.Directory, directory, content: null);
            }

            for (int i = 0; i < SmallFiles; i++)
            {
                int length = (int)(-Math.Log(1 - random.NextDouble()) * SmallMeanBytes);
                Add(writer, System.Formats.Tar.TarEntryType.RegularFile, $"{DirectoryOf(i * Directories / SmallFiles)}/module_{i}.py", MakeText(random, words, length));
            }

            for (int i = 0; i < LargeFiles; i++)
            {
                Add(writer, System.Formats.Tar.TarEntryType.RegularFile, $"usr/lib/libpart{i}.so.1", MakeProgram(random, words));
            }
        }

        return archive.ToArray();
    }

    private static string DirectoryOf(int number) => number % 20 == 0 ? $"usr/lib/part{number / 20}" : $"usr/lib/part{number / 20}/package{number}";

    private static void Add(System.Formats.Tar.TarWriter writer, System.Formats.Tar.TarEntryType type, string name, byte[]? content)
    {
        PaxTarEntry entry = new(type, name) { ModificationTime = DateTimeOffset.UnixEpoch.AddDays(20_000), Mode = (UnixFileMode)(content is null ? 0x1ED : 0x1A4) };
        if (content is not null)
        {
            entry.DataStream = new MemoryStream(content);
        }

        writer.WriteEntry(entry);
    }

    private static byte[] MakeWord(Random random) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, random.Next(2, 11)).Select(_ => (char)('a' + random.Next(26)))));

    private static byte[] MakeText(Random random, byte[][] words, int length)
    {
        using MemoryStream text = new(length + 16);
        while (text.Length < length)
        {
            // Some words are much more frequent than others.
            text.Write(words[(int)(words.Length * Math.Pow(random.NextDouble(), 3))]);
            text.WriteByte((byte)(random.Next(9) == 0 ? '\n' : ' '));
        }

        return text.ToArray();
    }

    // Machine code lies between text and noise: short pieces that recur, and operands that do not.
    private static byte[] MakeProgram(Random random, byte[][] words)
    {
        byte[] program = new byte[LargeBytes];
        for (int at = 0; at < program.Length;)
        {
            byte[] word = words[random.Next(words.Length / 8)];
            int length = Math.Min(word.Length, program.Length - at);
            word.AsSpan(0, length).CopyTo(program.AsSpan(at));
            at += length;
            int operand = Math.Min(2, program.Length - at);
            random.NextBytes(program.AsSpan(at, operand));
            at += operand;
        }

        return program;
    }
}
