namespace Crid.Networking;

/// <summary>The NetworkReady condition; reason and message are empty while ready.</summary>
public sealed record NetworkStatus(bool IsReady, string Reason, string Message);
