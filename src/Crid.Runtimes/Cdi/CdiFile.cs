using System.Text.Json;
using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>A CDI file as it was read: its document, or what is wrong with it.</summary>
internal sealed record CdiFile(string Path, FileStatus Status, CdiDocument? Document, string Error)
{
    /// <summary>Files of GPUs with many partitions have some hundred kilobytes.</summary>
    private const int MaxBytes = 2 << 20;

    /// <summary>It was not read because there are too many files, or too large ones.</summary>
    public bool IsPassedOver { get; private init; }

    public static CdiFile PassOver(string path, FileStatus status) =>
        new(path, status, null, "the files before it are as many or as large as crid reads") { IsPassedOver = true };

    public static CdiFile Read(string path, FileStatus status)
    {
        try
        {
            byte[] content = RootedFiles.ReadFile("/", path, MaxBytes) ?? throw new InvalidDataException("not a regular file");
            ReadOnlyMemory<byte> json = path.EndsWith(".json", StringComparison.Ordinal) ? content : YamlJson.Convert(content);
            CdiDocument document = JsonSerializer.Deserialize(json.Span, CdiJson.Default.CdiDocument) ?? throw new InvalidDataException("empty");
            CdiChecks.Check(document);
            return new CdiFile(path, status, document, "");
        }
        catch (Exception exception) when (exception is InvalidDataException or JsonException or IOException or LinuxException)
        {
            return new CdiFile(path, status, null, exception.Message);
        }
    }
}
