namespace Crid.Images;

/// <summary>A layer needs the layers below it, which are not complete, and can't wait with all that it has in memory: it is to begin again once they are.</summary>
internal sealed class ParentsNotReadyException() : Exception("the layers below are not complete");
