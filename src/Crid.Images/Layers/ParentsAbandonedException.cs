namespace Crid.Images;

/// <summary>A layer needed the layers below it, and the pull that was fetching those has ended.</summary>
internal sealed class ParentsAbandonedException() : Exception("the layers below were given up");
