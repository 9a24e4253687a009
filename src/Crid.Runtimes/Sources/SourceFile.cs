using Crid.Linux;

namespace Crid.Runtimes;

/// <summary>A file of the operator as it was read: its content, or what is wrong with it.</summary>
internal sealed record SourceFile<T>(string Path, FileStatus Status, T? Content, string Error)
    where T : class
{
    /// <summary>It was not read because there are too many files, or too large ones.</summary>
    public bool IsPassedOver { get; init; }
}
