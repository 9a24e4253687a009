namespace Crid.Keeper;

/// <summary>One of a container's outputs.</summary>
/// <param name="Id">The container.</param>
/// <param name="MaxLineBytes">Content bytes after which a line of the log is split, as asked for.</param>
/// <param name="RestPath">The file in which an incomplete line outlives the keeper.</param>
internal sealed record Output(string Id, OutputKind Kind, int MaxLineBytes, string RestPath)
{
    /// <summary>The longest piece that a container may ask for.</summary>
    internal const int MaxLineLimit = 64 << 10;

    /// <summary>Content bytes after which a line of the log is split.</summary>
    internal int LineLimit => LimitLine(MaxLineBytes);

    internal static int LimitLine(int maxLineBytes) => maxLineBytes is > 0 and <= MaxLineLimit ? maxLineBytes : MaxLineLimit;
}
