namespace Crid.Daemon;

/// <summary>How an event is written: both give one line.</summary>
internal enum LogFormat
{
    /// <summary>logfmt: <c>key=value</c> pairs.</summary>
    Text,

    /// <summary>A JSON object.</summary>
    Json,
}
