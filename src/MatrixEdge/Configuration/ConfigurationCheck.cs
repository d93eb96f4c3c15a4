namespace MatrixEdge.Configuration;

/// <summary>Tells what is wrong with a part of the document that is not <c>MatrixEdge</c>'s: the log's section.</summary>
internal delegate void ConfigurationCheck(ConfigurationDocument document, Problems problems);
