namespace Crid.Images;

/// <summary>A stage of a pipe ended because the stage before it failed, which reports the cause itself.</summary>
internal sealed class StageFailedException(Exception? inner) : IOException("the stage before failed", inner);
